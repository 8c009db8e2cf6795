/** Lists of runs as the server has them, and what is done to many runs at once. */

import { type InfiniteData, queryOptions } from "@tanstack/react-query";
import { api, ask } from "../../api/client";
import { type Page, pagedList, queryClient } from "../../api/queries";
import type { Where } from "../../paths";
import { type Run, type RunStatus, cancelRun, deleteRun, updateRun } from "./queries";

const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";
const FRESH_MS = 15_000;
const PAGE = 100;
// Longer lists are not read anew by themselves: that would be all their pages each time.
const MOST_PAGES_FOLLOWED = 3;

/** Which runs, in which order. */
export interface RunChoice {
  experiment?: string;
  include_children?: boolean;
  status?: RunStatus[];
  tag?: string[];
  order_by: string;
}

/** Runs page by page, read again now and then. */
export const runsQuery = (where: Where, choice: RunChoice) => ({
  ...pagedList(["runs", where, choice], (cursor) => readRuns(where, choice, cursor, PAGE)),
  refetchInterval: ({ state }: { state: { data?: InfiniteData<unknown> } }) =>
    (state.data?.pages.length ?? 0) <= MOST_PAGES_FOLLOWED ? FRESH_MS : false,
});

/** One page of runs. */
export function readRuns(where: Where, choice: RunChoice, cursor: string | undefined, limit: number): Promise<Page<Run>> {
  return ask(api.GET(`${W}/runs`, { params: { path: where, query: { ...choice, cursor, limit } } }));
}

export async function renameRun(where: Where, run: Run, name: string): Promise<void> {
  const params = { path: { ...where, run_id: run.id } };
  patchLists(await ask(api.PATCH(`${W}/runs/{run_id}`, { params, body: { display_name: name } })));
  queryClient.removeQueries({ queryKey: ["run", where, run.id] });
}

/** Put a changed run into every list that shows it: rows change where they stand, nothing is read anew. */
function patchLists(changed: Run): void {
  const lists = { predicate: ({ queryKey: [noun] }: { queryKey: readonly unknown[] }) => noun === "runs" || noun === "children" };
  queryClient.setQueriesData<InfiniteData<Page<Run>>>(lists, (data) =>
    data?.pages && {
      ...data,
      pages: data.pages.map((page) => ({ ...page, items: page.items.map((run) => (run.id === changed.id ? changed : run)) })),
    },
  );
}

export async function starRun(_where: Where, run: Run, starred: boolean): Promise<void> {
  patchLists({ ...run, starred });
}

export async function tagRuns(where: Where, runs: Run[], tags: Record<string, string | null>): Promise<void> {
  for (const { id } of runs) await updateRun(where, id, { tags });
}

export async function cancelRuns(where: Where, runs: Run[]): Promise<void> {
  for (const { id } of runs) await cancelRun(where, id);
}

export async function deleteRuns(where: Where, runs: Run[]): Promise<void> {
  for (const { id } of runs) await deleteRun(where, id);
}

const MOST_DRAWN = 500;

/** The first runs of a list, for charts over them. */
export const drawnRunsQuery = (where: Where, choice: RunChoice) =>
  queryOptions({
    queryKey: ["runs", "drawn", where, choice],
    queryFn: () => readRuns(where, choice, undefined, MOST_DRAWN),
    placeholderData: (before: Page<Run> | undefined) => before,
    refetchInterval: FRESH_MS,
  });
