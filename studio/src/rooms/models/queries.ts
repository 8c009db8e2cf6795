/** Registered models as the server has them. */

import { queryOptions } from "@tanstack/react-query";
import { type Schema, api, ask } from "../../api/client";
import { pagedList, queryClient, readAll } from "../../api/queries";
import type { Where } from "../../paths";

export type Model = Schema<"Model">;

const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";

export interface ModelChoice {
  name?: string;
  run_id?: string;
  latest?: boolean;
  archived?: "active" | "archived" | "all";
}

export const modelsQuery = (where: Where, choice: ModelChoice = {}) =>
  pagedList(["models", where, choice], (cursor) => ask(api.GET(`${W}/models`, { params: { path: where, query: { ...choice, cursor } } })));

export const modelQuery = (where: Where, name: string, version: string) =>
  queryOptions({
    queryKey: ["model", where, name, version],
    queryFn: () => ask(api.GET(`${W}/models/{name}/versions/{version}`, { params: { path: { ...where, name, version } } })),
  });

export const modelFilesQuery = (where: Where, name: string, version: string) =>
  queryOptions({
    queryKey: ["model", where, name, version, "files"],
    queryFn: () =>
      readAll((cursor) =>
        ask(
          api.GET(`${W}/models/{name}/versions/{version}/files`, {
            params: { path: { ...where, name, version }, query: { cursor, limit: 1000 } },
          }),
        ),
      ),
  });

export async function createModel(where: Where, body: Schema<"ModelCreate">): Promise<Model> {
  const made = await ask(api.POST(`${W}/models`, { params: { path: where }, body }));
  await refresh();
  return made;
}

export async function updateModel(where: Where, model: Model, body: Schema<"ModelUpdate">): Promise<void> {
  const params = { path: { ...where, name: model.name, version: String(model.version) } };
  await ask(api.PATCH(`${W}/models/{name}/versions/{version}`, { params, body }));
  await refresh();
}

export async function deleteModel(where: Where, model: Model): Promise<void> {
  const version = String(model.version);
  await ask(api.DELETE(`${W}/models/{name}/versions/{version}`, { params: { path: { ...where, name: model.name, version } } }));
  queryClient.removeQueries({ queryKey: ["model", where, model.name, version] });
  await queryClient.invalidateQueries({ queryKey: ["models"] });
}

async function refresh(): Promise<void> {
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => ["model", "models"].includes(String(queryKey[0])) });
}
