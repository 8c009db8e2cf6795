/** Where files lie in a storage account, and how they are read, stored and deleted there. */

import { api, ask, errorOf, reach, route } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Where } from "../../paths";
import { type Origin, artifactUrl, deleteArtifact, uploadArtifact } from "./queries";

const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";
const ORIGINS: readonly string[] = ["ExperimentRun", "LocalUpload"];

/** The container whose files belong to runs and models; its folders are origins, and below them the owners. */
export const ARTIFACTS = "azureml";

/** A folder that holds files; `origin` where they belong to a run or a model. */
export interface Place {
  origin?: Origin;
  container: string;
  folder: string;
}

/** The place that a path leads to; null where only folders lie. */
export function placeOf(path: string): Place | null {
  const [root = "", ...rest] = path.split("/");
  if (!root) return null;
  if (root !== ARTIFACTS) return { container: root, folder: rest.join("/") };
  const [origin = "", container = "", ...folders] = rest;
  if (!ORIGINS.includes(origin) || !container) return null;
  return { origin: origin as Origin, container, folder: folders.join("/") };
}

/** The address of a file's bytes, to be saved, or with `inline` to be shown. */
export function fileUrl(where: Where, { origin, container }: Place, path: string, inline = false): string {
  if (origin) return artifactUrl(where, container, path, { inline, origin });
  return route(where, "blobs", container, path) + (inline ? "?inline" : "");
}

export async function uploadFile(where: Where, place: Place, path: string, file: File): Promise<void> {
  if (place.origin) return uploadArtifact(where, place.origin, place.container, path, file);
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  await change(fileUrl(where, place, path), { method: "PUT", body: file, headers });
}

export async function deleteFile(where: Where, place: Place, path: string): Promise<void> {
  if (place.origin) return deleteArtifact(where, place.origin, place.container, path);
  await change(fileUrl(where, place, path), { method: "DELETE" });
}

export async function createContainer(where: Where, container: string): Promise<void> {
  await ask(api.PUT(`${W}/blobs/{container}`, { params: { path: { ...where, container } } }));
  await refresh();
}

export async function deleteContainer(where: Where, container: string): Promise<void> {
  await ask(api.DELETE(`${W}/blobs/{container}`, { params: { path: { ...where, container } } }));
  await refresh();
}

async function change(url: string, init: RequestInit): Promise<void> {
  const reply = await reach(url, init);
  if (!reply.ok) throw errorOf(await reply.json().catch(() => null), reply.status);
  await refresh();
}

function refresh(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ["artifacts"] });
}
