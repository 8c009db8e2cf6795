/** Experiments, runs and metrics as the server has them. */

import { queryOptions } from "@tanstack/react-query";
import { type Schema, api, ask } from "../../api/client";
import { pagedList, queryClient, readAll } from "../../api/queries";
import type { Where } from "../../paths";

export type Experiment = Schema<"Experiment">;
export type Run = Schema<"Run">;
export type Metric = Schema<"Metric">;
export type Series = Schema<"Series">;
export type RunStatus = Run["status"];

const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";
const ENDED: readonly RunStatus[] = ["Completed", "Failed", "Canceled"];
const LIVE_MS = 1_000;

export function hasEnded(run: Run): boolean {
  return ENDED.includes(run.status);
}

export interface ExperimentChoice {
  archived: "active" | "archived" | "all";
  name_contains?: string;
  order_by: string;
}

export const experimentsQuery = (where: Where, choice: ExperimentChoice) =>
  pagedList(["experiments", where, choice], (cursor) =>
    ask(api.GET(`${W}/experiments`, { params: { path: where, query: { ...choice, cursor } } })),
  );

export const experimentQuery = (where: Where, name: string) =>
  queryOptions({
    queryKey: ["experiment", where, name],
    queryFn: () => ask(api.GET(`${W}/experiments/{name}`, { params: { path: { ...where, name } } })),
  });

export async function updateExperiment(where: Where, name: string, change: Schema<"ExperimentUpdate">): Promise<void> {
  await ask(api.PATCH(`${W}/experiments/{name}`, { params: { path: { ...where, name } }, body: change }));
  await refresh("experiment", "experiments");
}

export async function deleteExperiment(where: Where, name: string): Promise<void> {
  await ask(api.DELETE(`${W}/experiments/{name}`, { params: { path: { ...where, name } } }));
  await refresh("experiments");
}

/** The data sets that a run said it used. */
export const inputsQuery = (where: Where, { id }: Run) =>
  queryOptions({
    queryKey: ["run", where, id, "inputs"],
    queryFn: () => ask(api.GET(`${W}/runs/{run_id}/inputs`, { params: { path: { ...where, run_id: id } } })),
  });

export const childrenQuery = (where: Where, run: string) =>
  pagedList(["children", where, run], (cursor) =>
    ask(api.GET(`${W}/runs/{run_id}/children`, { params: { path: { ...where, run_id: run }, query: { cursor } } })),
  );

/** A run, followed while it goes. */
export const runQuery = (where: Where, run: string) =>
  queryOptions({
    queryKey: ["run", where, run],
    queryFn: () => ask(api.GET(`${W}/runs/{run_id}`, { params: { path: { ...where, run_id: run } } })),
    refetchInterval: ({ state }) => (state.data && !hasEnded(state.data) ? LIVE_MS : false),
  });

export const metricsQuery = (where: Where, run: Run) =>
  queryOptions({
    queryKey: ["metrics", where, run.id],
    queryFn: () =>
      readAll((cursor) =>
        ask(api.GET(`${W}/runs/{run_id}/metrics`, { params: { path: { ...where, run_id: run.id }, query: { cursor, limit: 1000 } } })),
      ),
    refetchInterval: hasEnded(run) ? (false as const) : LIVE_MS,
  });

/** A metric's points, at most about `points` of them; read anew when `count` says that there are more. */
export const seriesQuery = (where: Where, run: string, metric: Metric, points?: number) =>
  queryOptions({
    queryKey: ["series", where, run, metric.name, points, metric.count],
    queryFn: () => readSeries(where, run, metric.name, { points }),
    placeholderData: (before: Series | undefined) => before,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });

/** What of a metric is wanted: about `points` points of it, the points between two indexes. */
export interface SeriesChoice {
  points?: number;
  after?: number;
  before?: number;
}

export function readSeries(where: Where, run: string, name: string, choice: SeriesChoice): Promise<Series> {
  const params = { path: { ...where, run_id: run }, query: { name, ...choice } };
  return ask(api.GET(`${W}/runs/{run_id}/metrics/series`, { params }));
}

export async function updateRun(where: Where, run: string, change: Schema<"RunUpdate">): Promise<void> {
  await ask(api.PATCH(`${W}/runs/{run_id}`, { params: { path: { ...where, run_id: run } }, body: change }));
  await refresh("run", "runs", "children");
}

/** Replace a run's tags: what is no longer there is removed. */
export function replaceTags(where: Where, run: Run, tags: Record<string, string>): Promise<void> {
  const gone = Object.keys(run.tags).filter((name) => !(name in tags));
  return updateRun(where, run.id, { tags: { ...tags, ...Object.fromEntries(gone.map((name) => [name, null])) } });
}

export async function cancelRun(where: Where, run: string): Promise<void> {
  const params = { path: { ...where, run_id: run } };
  await ask(api.POST(`${W}/runs/{run_id}/status`, { params, body: { status: "Canceled" } }));
  await refresh("run", "runs", "children");
}

export async function deleteRun(where: Where, run: string): Promise<void> {
  await ask(api.DELETE(`${W}/runs/{run_id}`, { params: { path: { ...where, run_id: run } } }));
  queryClient.removeQueries({ queryKey: ["run", where, run] });
  await refresh("runs", "children", "experiments");
}

async function refresh(...nouns: string[]): Promise<void> {
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => nouns.includes(String(queryKey[0])) });
}
