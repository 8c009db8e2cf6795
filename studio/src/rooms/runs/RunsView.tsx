/** Runs with their commands and filters; what was chosen stands in the address, so that a link shares it. */

import { SearchBox, Select, Switch } from "@fluentui/react-components";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { BranchCompareRegular } from "@fluentui/react-icons/svg/branch-compare";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { DismissCircleRegular } from "@fluentui/react-icons/svg/dismiss-circle";
import { PlayCircleRegular } from "@fluentui/react-icons/svg/play-circle";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { queryClient } from "../../api/queries";
import { paths } from "../../paths";
import { ConfirmDialog } from "../../ui/Dialogs";
import type { Sort } from "../../ui/Grid";
import { Command } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { useWhere } from "../workspaces/where";
import { RunsGrid } from "./RunsGrid";
import { type Run, type RunChoice, type RunStatus, cancelRun, deleteRun, hasEnded, runsQuery } from "./queries";
import css from "./runs.module.css";

const STATUSES: RunStatus[] = ["Running", "Completed", "Failed", "Canceled", "Queued", "Preparing", "NotStarted"];

export function RunsView({ experiment }: { experiment?: string }) {
  const where = useWhere();
  const view = useView();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const choice: RunChoice = { ...view.choice, experiment };
  const list = useInfiniteQuery({
    ...runsQuery(where, choice),
    placeholderData: (before) => before,
    throwOnError: (_error, query) => query.state.data === undefined,
  });
  const rows = list.data ?? [];
  return (
    <>
      <div className={css.bar}>
        <Command icon={<ArrowClockwiseRegular />} onClick={() => void queryClient.invalidateQueries({ queryKey: ["runs"] })}>
          Refresh
        </Command>
        <RunCommands runs={rows.filter(({ id }) => chosen.has(id))} onDone={() => setChosen(new Set())} />
        <span className={css.space} />
        <Filters view={view} />
      </div>
      <RunsGrid
        label="Runs"
        fill
        rows={rows}
        withExperiment={experiment === undefined}
        sort={view.sort}
        onSort={view.setSort}
        chosen={chosen}
        onChoose={setChosen}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        reading={list.isPending || list.isFetchingNextPage}
        empty={<Empty icon={<PlayCircleRegular />} title={view.filtered ? "No run fits the filter" : "No run yet"} />}
      />
    </>
  );
}

interface View {
  choice: RunChoice;
  sort: Sort;
  setSort: (sort: Sort) => void;
  filtered: boolean;
  get: (name: string) => string;
  set: (name: string, value: string) => void;
}

function useView(): View {
  const [search, setSearch] = useSearchParams();
  const get = (name: string) => search.get(name) ?? "";
  const set = (name: string, value: string) =>
    setSearch(
      (now) => {
        if (value) now.set(name, value);
        else now.delete(name);
        return now;
      },
      { replace: true },
    );
  const order = get("sort") || "-created_at";
  const sort = { column: order.replace(/^-/, ""), descending: order.startsWith("-") };
  const status = get("status") as RunStatus | "";
  return {
    choice: {
      order_by: `${sort.column} ${sort.descending ? "desc" : "asc"}`,
      include_children: get("children") === "1",
      status: status ? [status] : undefined,
      tag: get("tag") ? [get("tag")] : undefined,
    },
    sort,
    setSort: ({ column, descending }) => set("sort", descending ? `-${column}` : column),
    filtered: status !== "" || get("tag") !== "",
    get,
    set,
  };
}

function Filters({ view: { get, set } }: { view: View }) {
  const [tag, setTag] = useState(get("tag"));
  return (
    <>
      <Switch label="Include child runs" checked={get("children") === "1"} onChange={(_, data) => set("children", data.checked ? "1" : "")} />
      <Select aria-label="Status" value={get("status")} onChange={(_, data) => set("status", data.value)}>
        <option value="">Any status</option>
        {STATUSES.map((status) => (
          <option key={status}>{status}</option>
        ))}
      </Select>
      <SearchBox
        className={css.search}
        placeholder="Tag or tag=value"
        aria-label="Filter by tag"
        value={tag}
        onChange={(_, data) => {
          setTag(data.value);
          if (!data.value) set("tag", "");
        }}
        onKeyDown={(event) => event.key === "Enter" && set("tag", tag)}
        onBlur={() => set("tag", tag)}
      />
    </>
  );
}

function RunCommands({ runs, onDone }: { runs: Run[]; onDone: () => void }) {
  const where = useWhere();
  const [deleting, setDeleting] = useState(false);
  const navigate = useNavigate();
  const going = runs.filter((run) => !hasEnded(run));
  const ended = runs.filter(hasEnded);
  const cancel = async () => {
    await Promise.all(going.map(({ id }) => cancelRun(where, id)));
    onDone();
  };
  const remove = async () => {
    for (const { id } of ended) await deleteRun(where, id);
    onDone();
  };
  return (
    <>
      <Command
        icon={<BranchCompareRegular />}
        disabled={runs.length < 2}
        onClick={() => void navigate(paths.compare(where, runs.map(({ id }) => id)))}
      >
        Compare
      </Command>
      <Command icon={<DismissCircleRegular />} disabled={going.length === 0} onClick={() => void cancel()}>
        Cancel
      </Command>
      <Command icon={<DeleteRegular />} disabled={ended.length === 0} onClick={() => setDeleting(true)}>
        Delete
      </Command>
      <ConfirmDialog
        title={ended.length === 1 ? "Delete this run?" : `Delete ${ended.length} runs?`}
        open={deleting}
        onClose={() => setDeleting(false)}
        onConfirm={remove}
      >
        Their metrics, child runs and history go with them. This cannot be undone.
      </ConfirmDialog>
    </>
  );
}
