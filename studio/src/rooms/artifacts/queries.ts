/** Files and snapshots as the server has them, and the addresses of their bytes. */

import { queryOptions } from "@tanstack/react-query";
import { type Schema, api, ask, errorOf, reach, route } from "../../api/client";
import { queryClient, readAll } from "../../api/queries";
import type { Where } from "../../paths";

export type Artifact = Schema<"Artifact">;
export type Origin = Artifact["origin"];

const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";

/** Every file of a container; with `live` read again every two seconds. */
export const artifactsQuery = (where: Where, origin: Origin, container: string, live = false) =>
  queryOptions({
    queryKey: ["artifacts", where, origin, container],
    queryFn: () =>
      readAll((cursor) =>
        ask(
          api.GET(`${W}/artifacts/{origin}/{container}`, {
            params: { path: { ...where, origin, container }, query: { cursor, limit: 1000 } },
          }),
        ),
      ),
    refetchInterval: live ? 2_000 : (false as const),
  });

export function artifactUrl(
  where: Where,
  container: string,
  path: string,
  { inline = false, origin = "ExperimentRun" as Origin } = {},
): string {
  return route(where, "artifacts", origin, container, path) + (inline ? "?inline" : "");
}

/** All files of a container, or of a folder of it, as one archive. */
export function zipUrl(where: Where, container: string, folder = "", origin: Origin = "ExperimentRun"): string {
  const address = route(where, "artifactzip", origin, container);
  return folder ? `${address}?path=${encodeURIComponent(folder)}` : address;
}

export async function uploadArtifact(where: Where, origin: Origin, container: string, path: string, file: File): Promise<void> {
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  const reply = await reach(artifactUrl(where, container, path, { origin }), { method: "PUT", body: file, headers });
  if (!reply.ok) throw errorOf(await reply.json().catch(() => null), reply.status);
  await queryClient.invalidateQueries({ queryKey: ["artifacts"] });
}

export async function deleteArtifact(where: Where, origin: Origin, container: string, path: string): Promise<void> {
  const reply = await reach(artifactUrl(where, container, path, { origin }), { method: "DELETE" });
  if (!reply.ok) throw errorOf(await reply.json().catch(() => null), reply.status);
  await queryClient.invalidateQueries({ queryKey: ["artifacts"] });
}

export const snapshotQuery = (where: Where, id: string) =>
  queryOptions({
    queryKey: ["snapshot", where, id],
    queryFn: () => ask(api.GET(`${W}/snapshots/{snapshot_id}`, { params: { path: { ...where, snapshot_id: id } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export function snapshotFileUrl(where: Where, id: string, path: string, inline: boolean): string {
  return route(where, "snapshots", id, "files", path) + (inline ? "?inline" : "");
}

export function snapshotZipUrl(where: Where, id: string): string {
  return route(where, "snapshots", id, "zip");
}
