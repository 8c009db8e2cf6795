/** What lies at a place of the storage account. */

import { type Schema, ApiError, api, ask } from "../../api/client";
import { type Page, pagedList, queryClient, readAll } from "../../api/queries";
import type { Where } from "../../paths";
import { ARTIFACTS, type Place, placeOf } from "./places";
import { type Origin, artifactsQuery } from "./queries";

const ORIGINS: Origin[] = ["ExperimentRun", "LocalUpload"];
const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";
const PAGE = 500;

export interface Entry {
  name: string;
  folder: boolean;
  size?: number;
  modified?: string | null;
  type?: string;
  /** Whether this is the file at the place itself, not something below it. */
  self?: boolean;
}

/** What lies at a place, page by page. */
export const entriesQuery = (where: Where, path: string) =>
  pagedList(["artifacts", "entries", where, path], (cursor) => readEntries(where, path, cursor));

async function readEntries(where: Where, path: string, cursor: string | undefined): Promise<Page<Entry>> {
  if (path === "") return { items: await boxes(where) };
  if (path === ARTIFACTS) return { items: ORIGINS.map((name) => ({ name, folder: true })) };
  const place = placeOf(path);
  if (place) return place.origin ? { items: await below(where, place, place.origin) } : blobs(where, place, cursor);
  const origin = ORIGINS.find((name) => path === `${ARTIFACTS}/${name}`);
  if (!origin) throw new ApiError(`there is no folder ${path} in this storage account`, 404, "not_found");
  return owners(where, origin, cursor);
}

async function boxes(where: Where): Promise<Entry[]> {
  const found = await ask(api.GET(`${W}/blobs`, { params: { path: where } }));
  return found.map(({ name, modified_at }) => ({ name, folder: true, modified: modified_at }));
}

async function owners(where: Where, origin: Origin, cursor: string | undefined): Promise<Page<Entry>> {
  const query = { cursor, limit: PAGE };
  const { items, next_cursor } = await ask(api.GET(`${W}/artifacts/{origin}`, { params: { path: { ...where, origin }, query } }));
  return { items: items.map(({ name, size, modified_at }) => ({ name, size, modified: modified_at, folder: true })), next_cursor };
}

async function below(where: Where, { container, folder }: Place, origin: Origin): Promise<Entry[]> {
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

/** A folder of blobs; where nothing lies below, the blob of that very name. */
async function blobs(where: Where, { container, folder }: Place, cursor: string | undefined): Promise<Page<Entry>> {
  const prefix = folder ? `${folder}/` : "";
  const { items, next_cursor } = await readBlobs(where, container, { prefix, delimiter: "/", cursor, limit: PAGE });
  if (items.length === 0 && folder) {
    // Of all names that begin so, the shortest is the first.
    const { items: same } = await readBlobs(where, container, { prefix: folder, limit: 1 });
    return { items: same.filter(({ name }) => name === folder).map((blob) => ({ ...entryOf(blob, ""), self: true })) };
  }
  return { items: items.map((blob) => entryOf(blob, prefix)), next_cursor };
}

function entryOf({ name, is_folder, size, modified_at, content_type }: Schema<"BlobInfo">, prefix: string): Entry {
  const short = name.slice(prefix.length);
  if (is_folder) return { name: short.replace(/\/$/, ""), folder: true };
  return { name: short, folder: false, size, modified: modified_at, type: content_type };
}

interface BlobChoice {
  prefix: string;
  delimiter?: string;
  cursor?: string;
  limit: number;
}

function readBlobs(where: Where, container: string, query: BlobChoice): Promise<Page<Schema<"BlobInfo">>> {
  return ask(api.GET(`${W}/blobs/{container}`, { params: { path: { ...where, container }, query } }));
}

/** Paths of all files at and below some entries of a place. */
export async function pathsBelow(where: Where, place: Place, entries: Entry[]): Promise<string[]> {
  const at = (name: string) => (place.folder ? `${place.folder}/${name}` : name);
  const found = entries.map(({ name, folder }) => (folder ? filesUnder(where, place, `${at(name)}/`) : [at(name)]));
  return (await Promise.all(found)).flat();
}

async function filesUnder(where: Where, { origin, container }: Place, prefix: string): Promise<string[]> {
  if (!origin) {
    const all = await readAll((cursor) => readBlobs(where, container, { prefix, cursor, limit: 1000 }));
    return all.map(({ name }) => name);
  }
  const files = await queryClient.fetchQuery({ ...artifactsQuery(where, origin, container), staleTime: 0 });
  return files.flatMap(({ path }) => (path.startsWith(prefix) ? [path] : []));
}

function later(a: string | null | undefined, b: string): string {
  return a != null && a > b ? a : b;
}
