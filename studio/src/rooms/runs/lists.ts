/** Lists of runs as the server has them, and what is done to many runs at once. */

import { type InfiniteData, queryOptions } from "@tanstack/react-query";
import { type Schema, api, ask } from "../../api/client";
import { type Page, pagedList, queryClient } from "../../api/queries";
import type { Where } from "../../paths";
import type { Run, RunStatus } from "./queries";
import { submittedBetween } from "./since";

const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";
export const FRESH_MS = 15_000;
const PAGE = 100;
// Of longer lists only what is seen is read anew (`useFreshRows`): all their pages each time would be too many.
const MOST_PAGES_FOLLOWED = 3;
/** Most runs that the server changes at once. */
const MANY = 1000;
const CHANGED = ["run", "runs", "children", "experiments"];

/** Which runs. */
export interface RunFilter {
  experiment?: string;
  include_children?: boolean;
  status?: RunStatus[];
  tag?: string[];
  search?: string;
  filter?: string;
  mine?: boolean;
  starred?: boolean;
  /** A span or days, see `submittedBetween`. */
  since?: string;
  until?: string;
}

/** Which runs, in which order. */
export interface RunChoice extends RunFilter {
  order_by: string;
}

function queryOf<F extends RunFilter>({ since = "", until = "", filter, ...plain }: F) {
  // The reader's own words come first, so that what the server says of a place in them is right.
  const clauses = [...(filter ? [filter] : []), ...submittedBetween(since, until)];
  return { ...plain, filter: clauses.join(" and ") || undefined };
}

/** Runs page by page, read again now and then. */
export const runsQuery = (where: Where, choice: RunChoice) => ({
  ...pagedList(["runs", where, choice], (cursor) => readRuns(where, choice, cursor, PAGE)),
  refetchInterval: ({ state }: { state: { data?: InfiniteData<unknown> } }) =>
    (state.data?.pages.length ?? 0) <= MOST_PAGES_FOLLOWED ? FRESH_MS : false,
});

/** Read some rows of a long list anew, in place: those above and below stay as they are, and where they are. */
export async function refreshRows(where: Where, choice: RunChoice, first: number, last: number): Promise<void> {
  const { queryKey } = runsQuery(where, choice);
  const { pages = [], pageParams = [] } = queryClient.getQueryData<InfiniteData<Page<Run>>>(queryKey) ?? {};
  if (pages.length <= MOST_PAGES_FOLLOWED) return;
  let begin = 0;
  for (const [at, { items }] of pages.entries()) {
    const end = begin + items.length;
    if (begin <= last && first < end) {
      // More than the page has, as new rows may have come before its end.
      const read = await readRuns(where, choice, pageParams[at] as string | undefined, items.length + PAGE);
      replacePage(queryKey, at, read);
    }
    begin = end;
  }
}

/** Put a page in its place, up to where the next one begins; where that is gone, only rows that are there change. */
function replacePage(queryKey: readonly unknown[], at: number, read: Page<Run>): void {
  queryClient.setQueryData<InfiniteData<Page<Run>>>(queryKey, (data) => {
    const old = data?.pages[at];
    if (!data || !old) return data;
    const following = data.pages[at + 1]?.items[0]?.id;
    const end = read.items.findIndex(({ id }) => id === following);
    const fresh = new Map(read.items.map((run) => [run.id, run]));
    if (following === undefined) return { ...data, pages: data.pages.with(at, read) };
    if (end < 0) return { ...data, pages: data.pages.with(at, { ...old, items: old.items.map((run) => fresh.get(run.id) ?? run) }) };
    const items = read.items.slice(0, end);
    const placed = new Set(items.map(({ id }) => id));
    // A row that has moved here is no longer where it was.
    const others = data.pages.map((page) => ({ ...page, items: page.items.filter(({ id }) => !placed.has(id)) }));
    return { ...data, pages: others.with(at, { ...old, items }) };
  });
}

/** One page of runs. */
export function readRuns(where: Where, choice: RunChoice, cursor: string | undefined, limit: number): Promise<Page<Run>> {
  return ask(api.GET(`${W}/runs`, { params: { path: where, query: { ...queryOf(choice), cursor, limit } } }));
}

/** How many runs of each status there are, whatever statuses are chosen. */
export const countsQuery = (where: Where, { status: _status, ...filter }: RunFilter) =>
  queryOptions({
    queryKey: ["runs", "counts", where, filter],
    queryFn: () => ask(api.GET(`${W}/runs/counts`, { params: { path: where, query: queryOf(filter) } })),
    placeholderData: (before: Schema<"RunCounts"> | undefined) => before,
    refetchInterval: FRESH_MS,
  });

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

/** Star a run for the reader alone, or take the star away. */
export async function starRun(where: Where, run: Run, starred: boolean): Promise<void> {
  const params = { path: { ...where, run_id: run.id } };
  await ask(starred ? api.PUT(`${W}/runs/{run_id}/star`, { params }) : api.DELETE(`${W}/runs/{run_id}/star`, { params }));
  patchLists({ ...run, starred });
  await queryClient.invalidateQueries({ queryKey: ["run", where, run.id] });
}

export function tagRuns(where: Where, runs: Run[], tags: Record<string, string | null>): Promise<void> {
  return changeMany(runs, (ids) => ask(api.POST(`${W}/runs/tags`, { params: { path: where }, body: { ids, tags } })));
}

export function cancelRuns(where: Where, runs: Run[]): Promise<void> {
  return changeMany(runs, (ids) => ask(api.POST(`${W}/runs/cancel`, { params: { path: where }, body: { ids } })));
}

export function deleteRuns(where: Where, runs: Run[]): Promise<void> {
  return changeMany(runs, (ids) => ask(api.POST(`${W}/runs/delete`, { params: { path: where }, body: { ids } })));
}

/** Change runs, as many at a time as the server takes; those that it refuses are told when the others are done. */
async function changeMany(runs: Run[], change: (ids: string[]) => Promise<Schema<"RunResults">>): Promise<void> {
  const refused: string[] = [];
  for (let at = 0; at < runs.length; at += MANY) {
    const { items } = await change(runs.slice(at, at + MANY).map(({ id }) => id));
    refused.push(...items.flatMap(({ error }) => (error ? [error.message] : [])));
  }
  await queryClient.invalidateQueries({ predicate: ({ queryKey: [noun] }) => CHANGED.includes(String(noun)) });
  const [first] = refused;
  if (first !== undefined) throw new Error(refused.length === 1 ? first : `${refused.length} runs were left as they are: ${first}`);
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
