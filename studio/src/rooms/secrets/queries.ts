/** A workspace's key vault as the server has it. Values are asked for one at a time and never kept in the cache. */

import { queryOptions } from "@tanstack/react-query";
import { type Schema, api, ask } from "../../api/client";
import { pagedList, queryClient } from "../../api/queries";
import type { Where } from "../../paths";

export type Secret = Schema<"Secret">;
export type DeletedSecret = Schema<"DeletedSecret">;
export type SecretEvent = Schema<"SecretEvent">;

const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";
const PAGE = 100;

export const vaultQuery = (where: Where) =>
  queryOptions({
    queryKey: ["key vault", where],
    queryFn: () => ask(api.GET(`${W}/keyvault`, { params: { path: where } })),
  });

export const secretsQuery = (where: Where) =>
  pagedList(["secrets", where], (cursor) =>
    ask(api.GET(`${W}/secrets`, { params: { path: where, query: { cursor, limit: PAGE } } })),
  );

export const deletedQuery = (where: Where) =>
  pagedList(["deleted secrets", where], (cursor) =>
    ask(api.GET(`${W}/deletedsecrets`, { params: { path: where, query: { cursor, limit: PAGE } } })),
  );

export const versionsQuery = (where: Where, name: string) =>
  pagedList(["secret versions", where, name], (cursor) =>
    ask(api.GET(`${W}/secrets/{name}/versions`, { params: { path: { ...where, name }, query: { cursor, limit: PAGE } } })),
  );

export const eventsQuery = (where: Where, name?: string) =>
  pagedList(["secret events", where, name], (cursor) =>
    ask(api.GET(`${W}/secretevents`, { params: { path: where, query: { name, cursor, limit: PAGE } } })),
  );

export async function setSecret(where: Where, name: string, value: string, contentType: string): Promise<void> {
  const body = { value, content_type: contentType };
  await ask(api.PUT(`${W}/secrets/{name}`, { params: { path: { ...where, name } }, body }));
  await refresh();
}

/** The value of a version; the server writes the reading down first. */
export async function readSecret(where: Where, name: string, version: string): Promise<string> {
  const params = { path: { ...where, name }, query: { version } };
  const { value } = await ask(api.POST(`${W}/secrets/{name}/read`, { params }));
  await queryClient.invalidateQueries({ queryKey: ["secret events"] });
  return value;
}

export async function enableSecret(where: Where, name: string, version: string, enabled: boolean): Promise<void> {
  const params = { path: { ...where, name }, query: { version } };
  await ask(api.PATCH(`${W}/secrets/{name}`, { params, body: { enabled } }));
  await refresh();
}

export async function deleteSecret(where: Where, name: string): Promise<void> {
  await ask(api.DELETE(`${W}/secrets/{name}`, { params: { path: { ...where, name } } }));
  await refresh();
}

export async function recoverSecret(where: Where, name: string): Promise<void> {
  await ask(api.POST(`${W}/deletedsecrets/{name}/recover`, { params: { path: { ...where, name } } }));
  await refresh();
}

export async function purgeSecret(where: Where, name: string): Promise<void> {
  await ask(api.DELETE(`${W}/deletedsecrets/{name}`, { params: { path: { ...where, name } } }));
  await refresh();
}

async function refresh(): Promise<void> {
  const ours = ["secrets", "deleted secrets", "secret versions", "secret events"];
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => ours.includes(String(queryKey[0])) });
}
