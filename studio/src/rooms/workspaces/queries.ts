/** Subscriptions, resource groups and workspaces as the server has them. */

import { queryOptions } from "@tanstack/react-query";
import { type Schema, api, ask } from "../../api/client";
import { queryClient, readAll } from "../../api/queries";
import type { Where } from "../../paths";

export type Subscription = Schema<"Subscription">;
export type ResourceGroup = Schema<"ResourceGroup">;
export type Resource = Schema<"Resource">;
export type Workspace = Schema<"Workspace">;

const LIMIT = 1000;

export const subscriptionsQuery = queryOptions({
  queryKey: ["subscriptions"],
  queryFn: () =>
    readAll((cursor) => ask(api.GET("/api/v1/subscriptions", { params: { query: { cursor, limit: LIMIT } } }))),
});

export const locationsQuery = queryOptions({
  queryKey: ["locations"],
  queryFn: () => ask(api.GET("/api/v1/locations")),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The resource groups of all subscriptions. */
export const groupsQuery = queryOptions({
  queryKey: ["groups"],
  queryFn: async () => {
    const subscriptions = await queryClient.ensureQueryData(subscriptionsQuery);
    const lists = await Promise.all(subscriptions.map(({ id }) => readGroups(id)));
    return lists.flat();
  },
});

function readGroups(subscription: string): Promise<ResourceGroup[]> {
  const address = "/api/v1/subscriptions/{subscription}/resourceGroups";
  return readAll((cursor) =>
    ask(api.GET(address, { params: { path: { subscription }, query: { cursor, limit: LIMIT } } })),
  );
}

/** The workspaces of all subscriptions. */
export const workspacesQuery = queryOptions({
  queryKey: ["workspaces"],
  queryFn: async () => {
    const subscriptions = await queryClient.ensureQueryData(subscriptionsQuery);
    const lists = await Promise.all(subscriptions.map(({ id }) => readWorkspaces(id)));
    return lists.flat();
  },
});

function readWorkspaces(subscription: string): Promise<Workspace[]> {
  const address = "/api/v1/subscriptions/{subscription}/workspaces";
  return readAll((cursor) =>
    ask(api.GET(address, { params: { path: { subscription }, query: { cursor, limit: LIMIT } } })),
  );
}

const GROUP = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}";

export const groupQuery = (subscription: string, group: string) =>
  queryOptions({
    queryKey: ["groups", subscription, group],
    queryFn: () => ask(api.GET(GROUP, { params: { path: { subscription, group } } })),
  });

export const resourcesQuery = (subscription: string, group: string) =>
  queryOptions({
    queryKey: ["groups", subscription, group, "resources"],
    queryFn: () =>
      readAll((cursor) =>
        ask(api.GET(`${GROUP}/resources`, { params: { path: { subscription, group }, query: { cursor, limit: LIMIT } } })),
      ),
  });

export const workspaceQuery = (where: Where) =>
  queryOptions({
    queryKey: ["workspace", where],
    queryFn: () => ask(api.GET(`${GROUP}/workspaces/{workspace}`, { params: { path: where } })),
  });

/** Create a resource group, or change the tags of the one that is there. */
export async function putGroup(
  subscription: string,
  group: string,
  location: string,
  tags: Record<string, string> = {},
): Promise<ResourceGroup> {
  const made = await ask(api.PUT(GROUP, { params: { path: { subscription, group } }, body: { location, tags } }));
  await queryClient.invalidateQueries({ queryKey: ["groups"] });
  return made;
}

export async function createSubscription(name: string): Promise<void> {
  await ask(api.POST("/api/v1/subscriptions", { body: { name } }));
  await queryClient.invalidateQueries({ queryKey: ["subscriptions"] });
}

/** Delete a resource group with all that is in it. */
export async function deleteGroup(subscription: string, group: string): Promise<void> {
  await ask(api.DELETE(GROUP, { params: { path: { subscription, group } } }));
  await forget();
}

/** Delete a workspace with all that is in it. */
export async function deleteWorkspace(where: Where): Promise<void> {
  await ask(api.DELETE(`${GROUP}/workspaces/{workspace}`, { params: { path: where } }));
  await forget();
}

/** Read every list anew; what pages out of sight had read may be gone. */
async function forget(): Promise<void> {
  queryClient.removeQueries({ type: "inactive" });
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey.length === 1 });
}

export async function createWorkspace(where: Where, location: string, tags: Record<string, string>): Promise<Workspace> {
  const body = { location, tags };
  const made = await ask(api.PUT(`${GROUP}/workspaces/{workspace}`, { params: { path: where }, body }));
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => ["groups", "workspaces"].includes(String(queryKey[0])) });
  return made;
}

export async function updateWorkspace(where: Where, change: Schema<"WorkspaceUpdate">): Promise<void> {
  await ask(api.PATCH(`${GROUP}/workspaces/{workspace}`, { params: { path: where }, body: change }));
  await queryClient.invalidateQueries({ queryKey: ["workspace", where] });
}
