/** Compute instances as the server has them. */

import { queryOptions } from "@tanstack/react-query";
import { type Schema, api, ask, route } from "../../api/client";
import { queryClient, readAll } from "../../api/queries";
import type { Where } from "../../paths";

export type Instance = Schema<"Instance">;
export type Size = Schema<"Size">;

const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";
const BUSY_MS = 1_000;
const IDLE_MS = 15_000;

export function isBusy({ state }: Instance): boolean {
  return !["Running", "Stopped", "Failed"].includes(state);
}

/** All instances; read again each second while one changes. */
export const instancesQuery = (where: Where) =>
  queryOptions({
    queryKey: ["instances", where],
    queryFn: () =>
      readAll((cursor) => ask(api.GET(`${W}/computes`, { params: { path: where, query: { cursor, limit: 1000 } } }))),
    refetchInterval: ({ state }) => (state.data?.some(isBusy) ? BUSY_MS : IDLE_MS),
  });

export const instanceQuery = (where: Where, name: string) =>
  queryOptions({
    queryKey: ["instance", where, name],
    queryFn: () => ask(api.GET(`${W}/computes/{name}`, { params: { path: { ...where, name } } })),
    refetchInterval: ({ state }) => (state.data && isBusy(state.data) ? BUSY_MS : IDLE_MS),
  });

export type InstanceFile = Schema<"InstanceFile">;

/** What lies in a folder of an instance. */
export const filesQuery = (where: Where, name: string, path: string) =>
  queryOptions({
    queryKey: ["instance files", where, name, path],
    queryFn: () => ask(api.GET(`${W}/computes/{name}/files`, { params: { path: { ...where, name }, query: { path } } })),
  });

export function fileUrl(where: Where, name: string, path: string, inline: boolean): string {
  return route(where, "computes", name, "files", path) + (inline ? "?inline" : "");
}

export const sizesQuery = queryOptions({
  queryKey: ["sizes"],
  queryFn: () => ask(api.GET("/api/v1/sizes")),
  staleTime: Number.POSITIVE_INFINITY,
});

export type LogName = Schema<"InstanceLog">["name"];

/** The end of a log. */
export const logQuery = (where: Where, name: string, log: LogName) =>
  queryOptions({
    queryKey: ["instance log", where, name, log],
    queryFn: () => ask(api.GET(`${W}/computes/{name}/logs/{log}`, { params: { path: { ...where, name, log } } })),
    refetchInterval: 5_000,
  });

/** Why a new instance cannot have a name; empty when it can. */
export const nameQuery = (where: Where, name: string) =>
  queryOptions({
    queryKey: ["compute name", where, name],
    queryFn: async () => (await ask(api.GET(`${W}/computeNames`, { params: { path: where, query: { name } } }))).why ?? "",
    enabled: name !== "",
  });

export async function createInstance(where: Where, name: string, asked: Schema<"InstanceCreate">): Promise<void> {
  const params = { path: { ...where, name } };
  await ask(api.PUT(`${W}/computes/{name}`, { params, body: asked }));
  await refresh();
}

export async function updateInstance(where: Where, name: string, change: Schema<"InstanceUpdate">): Promise<void> {
  await ask(api.PATCH(`${W}/computes/{name}`, { params: { path: { ...where, name } }, body: change }));
  await refresh();
}

export type Verb = "start" | "stop" | "restart";

export async function changeInstance(where: Where, name: string, verb: Verb): Promise<void> {
  const params = { path: { ...where, name } };
  if (verb === "start") await ask(api.POST(`${W}/computes/{name}/start`, { params }));
  else if (verb === "stop") await ask(api.POST(`${W}/computes/{name}/stop`, { params }));
  else await ask(api.POST(`${W}/computes/{name}/restart`, { params }));
  await refresh();
}

export async function deleteInstance(where: Where, name: string): Promise<void> {
  await ask(api.DELETE(`${W}/computes/{name}`, { params: { path: { ...where, name } } }));
  await refresh();
}

async function refresh(): Promise<void> {
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => ["instance", "instances"].includes(String(queryKey[0])) });
}
