/** The table of runs, with whichever of their fields as columns. */

import { useMemo } from "react";
import { Grid, type GridProps } from "../../ui/Grid";
import { useWhere } from "../workspaces/where";
import { columnOf } from "./columns";
import { namesOf } from "./fields";
import type { Run } from "./queries";

const BEFORE = ["display_name", "starred", "status", "created_at", "duration"];
const AFTER = ["created_by", "compute_target", "type", "tags"];
const MOST_METRICS = 24;
const MOST_PARAMETERS = 12;
// Columns follow the first rows only, so that they stay where they are while more rows come in.
const LOOKED_AT = 100;

type Props = Omit<GridProps<Run>, "columns" | "rowId"> & {
  /** Ids of fields; `defaultColumns` unless told. */
  columns?: string[];
};

export function RunsGrid({ columns, ...grid }: Props) {
  const where = useWhere();
  const chosen = columns ?? defaultColumns(grid.rows);
  // Most of the time the names are the same: the table is then not drawn anew.
  const key = JSON.stringify(chosen);
  const drawn = useMemo(() => (JSON.parse(key) as string[]).flatMap((id) => columnOf(where, id) ?? []), [where, key]);
  return <Grid {...grid} columns={drawn} rowId={(run) => run.id} />;
}

/** What is shown unless the reader chose: last values and parameters stand among the properties. */
export function defaultColumns(rows: Run[], withExperiment = false): string[] {
  const first = rows.slice(0, LOOKED_AT);
  const metrics = namesOf(first, (run) => run.metrics).slice(0, MOST_METRICS);
  const parameters = namesOf(first, (run) => run.params).slice(0, MOST_PARAMETERS);
  const [name = "", ...rest] = BEFORE;
  return [
    name,
    ...(withExperiment ? ["experiment"] : []),
    ...rest,
    ...metrics.map((metric) => `metric:${metric}`),
    ...parameters.map((parameter) => `param:${parameter}`),
    ...AFTER,
  ];
}
