/** What the runs page shows, as its address says it: a link shares the view. */

import { type Address, joinWords, splitWords, useAddress } from "../../ui/useAddress";
import type { Sort } from "../../ui/Grid";
import { STATUS_GROUPS, type StatusGroup } from "./StatusCounts";
import type { RunChoice, RunFilter } from "./lists";
import { sortOf, wordOf } from "./sort";

/** `bars` of one field, `points` of two (down, then across), `lines` over many. */
export interface ChartChoice {
  kind: "bars" | "points" | "lines";
  fields: string[];
}

export interface View {
  filter: RunFilter;
  choice: RunChoice;
  sort: Sort;
  /** Ids of fields in order; undefined: what is usual. */
  columns: string[] | undefined;
  statuses: StatusGroup[];
  charts: ChartChoice[];
  /** Whether anything narrows the list. */
  filtered: boolean;
  address: Address;
}

const NARROWING = ["search", "filter", "status", "tag", "since", "mine", "starred"];
const KINDS: readonly string[] = ["bars", "points", "lines"];

export function useView(experiment: string | undefined): View {
  const address = useAddress();
  const { get } = address;
  const statuses = splitWords(get("status")).filter((word): word is StatusGroup => word in STATUS_GROUPS);
  const sort = sortOf(get("sort") || "-created_at");
  const filter: RunFilter = {
    experiment,
    include_children: get("children") === "1",
    status: statuses.length > 0 ? statuses.flatMap((group) => STATUS_GROUPS[group].statuses) : undefined,
    tag: get("tag") ? [get("tag")] : undefined,
    search: get("search") || undefined,
    filter: get("filter") || undefined,
    mine: get("mine") === "1" || undefined,
    starred: get("starred") === "1" || undefined,
    since: get("since") || undefined,
    until: get("until") || undefined,
  };
  return {
    filter,
    choice: { ...filter, order_by: `${sort.column} ${sort.descending ? "desc" : "asc"}` },
    sort,
    columns: get("columns") ? splitWords(get("columns")) : undefined,
    statuses,
    charts: address.all("chart").flatMap((text) => chartOf(text) ?? []),
    filtered: NARROWING.some((name) => get(name) !== ""),
    address,
  };
}

/** Change the view: what is given goes into the address. */
export function changeView({ set }: Address, change: Partial<Pick<View, "sort" | "columns" | "statuses" | "charts">>): void {
  const words: Record<string, string | string[]> = {};
  if (change.sort) words.sort = wordOf(change.sort);
  if ("columns" in change) words.columns = joinWords(change.columns ?? []);
  if (change.statuses) words.status = joinWords(change.statuses);
  if (change.charts) words.chart = change.charts.map(({ kind, fields }) => joinWords([kind, ...fields]));
  set(words);
}

export function clearFilters({ set }: Address): void {
  set(Object.fromEntries(NARROWING.map((name) => [name, ""])));
}

function chartOf(text: string): ChartChoice | undefined {
  const [kind = "", ...fields] = splitWords(text);
  return KINDS.includes(kind) && fields.length > 0 ? { kind: kind as ChartChoice["kind"], fields } : undefined;
}
