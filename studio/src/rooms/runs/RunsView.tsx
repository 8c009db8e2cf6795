/** Runs with their commands, filters, counts and charts; what was chosen stands in the address, so that a link shares it. */

import { PlayCircleRegular } from "@fluentui/react-icons/svg/play-circle";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Suspense, lazy, useMemo, useRef, useState } from "react";
import { ApiError, type Schema, sentence } from "../../api/client";
import { moved } from "../../ui/ColumnDialog";
import { Empty, Waiting } from "../../ui/States";
import { useWhere } from "../workspaces/where";
import { RunCommands } from "./RunCommands";
import { RunFilters, RunToggles } from "./RunFilters";
import { RunsGrid, defaultColumns } from "./RunsGrid";
import { SelectWhole } from "./SelectWhole";
import { StatusCounts } from "./StatusCounts";
import { countsQuery, runsQuery } from "./lists";
import type { Run, RunStatus } from "./queries";
import css from "./table.module.css";
import { useFreshRows } from "./useFreshRows";
import { type View, changeView, useView } from "./view";

const RunCharts = lazy(() => import("./RunCharts"));

export function RunsView({ experiment }: { experiment?: string }) {
  const where = useWhere();
  const view = useView(experiment);
  const { address } = view;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { rows, list, problem } = useRuns(view);
  const onDrawn = useFreshRows(view.choice);
  const counts = useQuery(countsQuery(where, view.filter));
  const columns = view.columns ?? defaultColumns(rows, experiment === undefined);
  // The whole list, where the reader ticked it: of this very choice, so that nothing out of sight is ever changed.
  const [whole, setWhole] = useState<{ of: string; runs: Run[] }>();
  const of = JSON.stringify(view.choice);
  const all = whole?.of === of ? whole.runs : rows;
  const ticked = useMemo(() => all.filter(({ id }) => chosen.has(id)), [all, chosen]);
  const selectWhole = (runs: Run[]) => {
    setWhole({ of, runs });
    setChosen(new Set(runs.map(({ id }) => id)));
  };
  const move = (column: string, to: string) =>
    changeView(address, { columns: moved(columns, columns.indexOf(column), columns.indexOf(to)) });
  return (
    <>
      <div className={css.bar}>
        <RunCommands view={view} rows={rows} columns={columns} chosen={ticked} onDone={() => setChosen(new Set())} />
      </div>
      <RunFilters view={view} problem={problem} />
      <div className={css.second}>
        <StatusCounts counts={counts.data?.by_status} chosen={view.statuses} onChoose={(statuses) => changeView(address, { statuses })} />
        <span className={css.space} />
        <RunToggles view={view} />
      </div>
      {view.charts.length > 0 && (
        <Suspense fallback={<Waiting />}>
          <RunCharts view={view} />
        </Suspense>
      )}
      {list.hasNextPage && rows.length > 0 && all === rows && ticked.length === rows.length && counts.data && (
        <SelectWhole choice={view.choice} read={rows.length} count={countOf(view, counts.data.by_status)} onSelect={selectWhole} />
      )}
      <RunsGrid
        label="Runs"
        fill
        rows={rows}
        columns={columns}
        sort={view.sort}
        onSort={(sort) => changeView(address, { sort })}
        onMove={move}
        chosen={chosen}
        onChoose={setChosen}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        onDrawn={onDrawn}
        reading={list.isPending || list.isFetchingNextPage}
        busy={list.isPlaceholderData}
        empty={<Empty icon={<PlayCircleRegular />} title={view.filtered ? "No run fits the filter" : "No run yet"} />}
      />
    </>
  );
}

/** How many runs the list has: counts are of all statuses, the list of those chosen. */
function countOf({ filter }: View, counts: Schema<"RunCounts">["by_status"]): number {
  const statuses = filter.status ?? (Object.keys(counts) as RunStatus[]);
  return statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
}

/** The rows; those seen last stay while the server refuses a filter, and `problem` says why it does. */
function useRuns(view: View) {
  const list = useInfiniteQuery({
    ...runsQuery(useWhere(), view.choice),
    placeholderData: (before) => before,
    throwOnError: (error, query) => query.state.data === undefined && !isRefused(error),
  });
  const seen = useRef<Run[]>([]);
  if (list.data) seen.current = list.data;
  const problem = isRefused(list.error) ? sentence(list.error) : "";
  return { rows: list.data ?? seen.current, list, problem };
}

function isRefused(error: Error | null): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 422);
}
