/** All experiments of a workspace, and on a second tab all its runs. */

import { SearchBox, Switch, Tab, TabList } from "@fluentui/react-components";
import { ArchiveRegular } from "@fluentui/react-icons/svg/archive";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { BeakerRegular } from "@fluentui/react-icons/svg/beaker";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Suspense, lazy, useDeferredValue, useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { queryClient } from "../../api/queries";
import { paths } from "../../paths";
import { Tags, Time } from "../../ui/Bits";
import { type Column, Grid } from "../../ui/Grid";
import { Command, Page } from "../../ui/Page";
import { Empty, Waiting } from "../../ui/States";
import { useAddress } from "../../ui/useAddress";
import { usePreload } from "../../ui/usePreload";
import { useWhere } from "../workspaces/where";
import { type Experiment, experimentsQuery, updateExperiment } from "./queries";
import css from "./runs.module.css";
import { sortOf, wordOf } from "./sort";

const loadExperiment = () => import("./ExperimentPage");
const RunsView = lazy(async () => ({ default: (await import("./RunsView")).RunsView }));

export function Component() {
  const where = useWhere();
  usePreload(loadExperiment);
  const navigate = useNavigate();
  const tab = useLocation().pathname === "/runs" ? "runs" : "experiments";
  const go = (to: unknown) => void navigate(to === "runs" ? paths.allRuns(where) : paths.experiments(where));
  const crumbs = [{ label: where.workspace, to: paths.studio(where) }, { label: "Experiments" }];
  return (
    <Page crumbs={crumbs} title="Experiments" fill>
      <TabList selectedValue={tab} onTabSelect={(_, data) => go(data.value)} className={css.tabs}>
        <Tab value="experiments">All experiments</Tab>
        <Tab value="runs">All runs</Tab>
      </TabList>
      <Suspense fallback={<Waiting />}>{tab === "runs" ? <RunsView /> : <ExperimentList />}</Suspense>
    </Page>
  );
}

function ExperimentList() {
  const where = useWhere();
  const { get, set } = useAddress();
  const archived = get("archived") === "1";
  const sort = sortOf(get("sort") || "-last_run_at");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const search = get("search");
  const looked = useDeferredValue(search);
  const list = useInfiniteQuery({
    ...experimentsQuery(where, {
      archived: archived ? "archived" : "active",
      name_contains: looked || undefined,
      order_by: `${sort.column} ${sort.descending ? "desc" : "asc"}`,
    }),
    placeholderData: (before) => before,
    throwOnError: (_error, query) => query.state.data === undefined,
  });
  const archive = async () => {
    await Promise.all([...chosen].map((name) => updateExperiment(where, name, { archived: !archived })));
    setChosen(new Set());
  };
  return (
    <>
      <div className={css.bar}>
        <Command icon={<ArrowClockwiseRegular />} onClick={() => void queryClient.invalidateQueries({ queryKey: ["experiments"] })}>
          Refresh
        </Command>
        <Command icon={<ArchiveRegular />} disabled={chosen.size === 0} onClick={() => void archive()}>
          {archived ? "Bring back" : "Archive experiment"}
        </Command>
        <Switch label="View archived experiments" checked={archived} onChange={(_, data) => set({ archived: data.checked ? "1" : "" })} />
        <span className={css.space} />
        <SearchBox placeholder="Search by name" value={search} onChange={(_, data) => set({ search: data.value })} />
      </div>
      <Grid
        label="Experiments"
        fill
        rows={list.data ?? []}
        rowId={(experiment) => experiment.name}
        columns={columnsOf(where)}
        sort={sort}
        onSort={(next) => set({ sort: wordOf(next) })}
        chosen={chosen}
        onChoose={setChosen}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        reading={list.isPending || list.isFetchingNextPage}
        busy={list.isPlaceholderData}
        empty={<NoExperiment search={looked} archived={archived} />}
      />
    </>
  );
}

function columnsOf(where: ReturnType<typeof useWhere>): Column<Experiment>[] {
  return [
    {
      id: "name",
      title: "Experiment",
      width: "minmax(240px, 2fr)",
      sortable: true,
      cell: ({ name }) => <Link to={paths.experiment(where, name)}>{name}</Link>,
    },
    { id: "run_count", title: "Runs", width: "90px", end: true, sortable: true, cell: ({ run_count }) => run_count?.toLocaleString("en-US") },
    { id: "last_run_at", title: "Last submitted", width: "200px", sortable: true, cell: (row) => <Time at={row.last_run_at} /> },
    { id: "created_at", title: "Created", width: "200px", sortable: true, cell: (row) => <Time at={row.created_at} /> },
    { id: "description", title: "Description", width: "minmax(160px, 1fr)", cell: ({ description }) => description },
    { id: "tags", title: "Tags", width: "minmax(160px, 1fr)", cell: ({ tags }) => <Tags tags={tags} none="" /> },
  ];
}

function NoExperiment({ search, archived }: { search: string; archived: boolean }) {
  if (search) return <Empty icon={<BeakerRegular />} title={`No experiment's name contains “${search}”`} />;
  if (archived) return <Empty icon={<BeakerRegular />} title="No experiment is archived" />;
  return (
    <Empty icon={<BeakerRegular />} title="No experiment yet">
      Run <code>Experiment(ws, "name").start_logging()</code> in a notebook or script, and it appears here.
    </Empty>
  );
}
