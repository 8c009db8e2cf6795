/** The table of runs: status, times, last value of each metric, tags. */

import { useMemo } from "react";
import { Link } from "react-router";
import { paths } from "../../paths";
import { Tags, Time } from "../../ui/Bits";
import { type Column, Grid, type GridProps } from "../../ui/Grid";
import { formatValue } from "../../ui/format";
import { useWhere } from "../workspaces/where";
import { Duration } from "./Duration";
import { RunStatusMark } from "./RunStatusMark";
import type { Run } from "./queries";

type Props = Omit<GridProps<Run>, "columns" | "rowId"> & {
  /** Whether rows tell their experiment. */
  withExperiment?: boolean;
  /** Names of metrics to show; all that the rows have unless told. */
  metrics?: string[];
};

export function RunsGrid({ withExperiment, metrics, ...grid }: Props) {
  const { rows } = grid;
  const names = useMemo(() => metrics ?? metricNames(rows), [metrics, rows]);
  const columns = useColumns(names, withExperiment === true);
  return <Grid {...grid} columns={columns} rowId={(run) => run.id} />;
}

const MOST_METRICS = 24;

/** The metrics of these runs, those that most have first. */
export function metricNames(runs: Run[]): string[] {
  const counts = new Map<string, number>();
  for (const run of runs) for (const name of Object.keys(run.metrics ?? {})) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).slice(0, MOST_METRICS).map(([name]) => name);
}

function useColumns(metrics: string[], withExperiment: boolean): Column<Run>[] {
  const where = useWhere();
  return useMemo(() => {
    const experiment: Column<Run> = {
      id: "experiment",
      title: "Experiment",
      width: "200px",
      cell: (run) => <Link to={paths.experiment(where, run.experiment)}>{run.experiment}</Link>,
    };
    return [
      {
        id: "display_name",
        title: "Display name",
        width: "minmax(240px, 1fr)",
        sortable: true,
        cell: (run) => <Link to={paths.run(where, run.id)}>{run.display_name}</Link>,
      },
      ...(withExperiment ? [experiment] : []),
      { id: "status", title: "Status", width: "140px", sortable: true, cell: (run) => <RunStatusMark status={run.status} /> },
      { id: "created_at", title: "Submitted time", width: "190px", sortable: true, cell: (run) => <Time at={run.created_at} /> },
      { id: "duration", title: "Duration", width: "100px", end: true, cell: (run) => <Duration run={run} /> },
      ...metrics.map((name) => metricColumn(name)),
      { id: "created_by", title: "Submitted by", width: "130px", cell: (run) => run.created_by },
      { id: "compute_target", title: "Compute target", width: "140px", cell: (run) => run.compute_target },
      { id: "type", title: "Run type", width: "120px", sortable: true, cell: (run) => run.type },
      { id: "tags", title: "Tags", width: "minmax(180px, 1fr)", cell: (run) => <Tags tags={run.tags} none="" /> },
    ];
  }, [where, metrics, withExperiment]);
}

function metricColumn(name: string): Column<Run> {
  return {
    id: `metric:${name}`,
    title: name,
    width: "130px",
    end: true,
    sortable: true,
    cell: ({ metrics }) => (metrics && name in metrics ? formatValue(metrics[name]) : ""),
  };
}
