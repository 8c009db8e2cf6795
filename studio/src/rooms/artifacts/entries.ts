/** What lies at a place of the storage account. The account has one container, `azureml`, with a folder an origin. */

import { queryOptions } from "@tanstack/react-query";
import { ApiError, api, ask } from "../../api/client";
import { queryClient, readAll } from "../../api/queries";
import type { Where } from "../../paths";
import { type Origin, artifactsQuery } from "./queries";

const ORIGINS: Origin[] = ["ExperimentRun", "LocalUpload"];
const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";

export interface Entry {
  name: string;
  folder: boolean;
  size?: number;
  modified?: string;
  type?: string;
  /** Whether this is the file at the place itself, not something below it. */
  self?: boolean;
}

export interface Place {
  origin: Origin;
  container: string;
  folder: string;
}

/** The container that a path leads into; null above that. */
export function placeOf(path: string): Place | null {
  const [root, origin, container = "", ...folders] = path.split("/");
  if (root !== "azureml" || !ORIGINS.includes(origin as Origin) || !container) return null;
  return { origin: origin as Origin, container, folder: folders.join("/") };
}

export const entriesQuery = (where: Where, path: string) =>
  queryOptions({ queryKey: ["artifacts", "entries", where, path], queryFn: () => readEntries(where, path) });

async function readEntries(where: Where, path: string): Promise<Entry[]> {
  if (path === "") return [{ name: "azureml", folder: true }];
  if (path === "azureml") return ORIGINS.map((name) => ({ name, folder: true }));
  const place = placeOf(path);
  if (place) return below(where, place);
  const origin = ORIGINS.find((name) => path === `azureml/${name}`);
  if (!origin) throw new ApiError(`there is no folder ${path} in this storage account`, 404, "not_found");
  return containers(where, origin);
}

async function containers(where: Where, origin: Origin): Promise<Entry[]> {
  const found = await readAll((cursor) =>
    ask(api.GET(`${W}/artifacts/{origin}`, { params: { path: { ...where, origin }, query: { cursor, limit: 1000 } } })),
  );
  return found.map(({ name, size, modified_at }) => ({ name, size, modified: modified_at, folder: true }));
}

async function below(where: Where, { origin, container, folder }: Place): Promise<Entry[]> {
  const artifacts = await queryClient.fetchQuery({ ...artifactsQuery(where, origin, container), staleTime: 0 });
  const prefix = folder ? `${folder}/` : "";
  const entries = new Map<string, Entry>();
  for (const { path, size, created_at, content_type } of artifacts) {
    const facts = { size, modified: created_at, type: content_type };
    if (path === folder) return [{ name: path, folder: false, self: true, ...facts }];
    if (!path.startsWith(prefix)) continue;
    const [name = "", ...rest] = path.slice(prefix.length).split("/");
    const before = entries.get(name);
    if (rest.length === 0) entries.set(name, { name, folder: false, ...facts });
    else entries.set(name, { name, folder: true, size: (before?.size ?? 0) + size, modified: later(before?.modified, created_at) });
  }
  const rank = ({ folder: is }: Entry) => (is ? 0 : 1);
  return [...entries.values()].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

function later(a: string | undefined, b: string): string {
  return a !== undefined && a > b ? a : b;
}
