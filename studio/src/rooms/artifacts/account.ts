/** A storage account's keys and signatures as the server makes them; neither is ever kept in the cache. */

import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Where } from "../../paths";

const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";

export const accountQuery = (where: Where) =>
  queryOptions({
    queryKey: ["storage account", where],
    queryFn: () => ask(api.GET(`${W}/storageaccount`, { params: { path: where } })),
  });

/** A key; the server writes the reading into the activity log first. */
export async function readKey(where: Where, name: string): Promise<string> {
  return (await ask(api.POST(`${W}/storageaccount/keys/{name}/read`, { params: { path: { ...where, name } } }))).value;
}

export async function rotateKey(where: Where, name: string): Promise<void> {
  await ask(api.POST(`${W}/storageaccount/keys/{name}/rotate`, { params: { path: { ...where, name } } }));
  await queryClient.invalidateQueries({ queryKey: ["storage account"] });
}

export async function createSas(where: Where, container: string, blob: string, permissions: string, hours: number): Promise<string> {
  const expires = new Date(Date.now() + hours * 3_600_000).toISOString();
  const body = { expires, permissions, container: container || null, blob: blob || null };
  return (await ask(api.POST(`${W}/storageaccount/sas`, { params: { path: where }, body }))).url;
}
