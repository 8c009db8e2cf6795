/** What runs have in common and what not, as rows of a table. */

import { formatDuration, formatTime, formatValue } from "../../ui/format";
import { statusWords } from "./RunStatusMark";
import { type Field, numberOf, numericFields } from "./fields";
import type { Run } from "./queries";

export interface CompareRow {
  section: string;
  name: string;
  /** One for each run, in their order. */
  cells: string[];
  differs: boolean;
}

/** Rows of properties, metrics, parameters and tags. */
export function compareRows(runs: Run[]): CompareRow[] {
  const row = (section: string, name: string, read: (run: Run) => string): CompareRow => {
    const cells = runs.map(read);
    return { section, name, cells, differs: new Set(cells).size > 1 };
  };
  const names = (of: (run: Run) => object | undefined) => [...new Set(runs.flatMap((run) => Object.keys(of(run) ?? {})))].sort();
  return [
    row("Run", "Experiment", (run) => run.experiment),
    row("Run", "Status", (run) => statusWords(run.status)),
    row("Run", "Submitted", (run) => formatTime(run.created_at)),
    row("Run", "Duration", duration),
    row("Run", "Submitted by", (run) => run.created_by),
    row("Run", "Compute target", (run) => run.compute_target),
    row("Run", "Snapshot", (run) => run.snapshot_id ?? "--"),
    ...names((run) => run.metrics).map((name) => row("Metrics (last value)", name, (run) => formatValue(run.metrics?.[name]))),
    ...names((run) => run.params).map((name) => row("Parameters", name, (run) => run.params?.[name] ?? "--")),
    ...names((run) => run.tags).map((name) => row("Tags", name, (run) => run.tags[name] ?? "--")),
    ...names((run) => run.properties).map((name) => row("Properties", name, (run) => run.properties[name] ?? "--")),
  ];
}

function duration({ started_at, ended_at }: Run): string {
  return started_at && ended_at ? formatDuration(Date.parse(ended_at) - Date.parse(started_at)) : "--";
}

const MOST_AXES = 8;

/** Ids of the parameters and metrics that tell these runs apart, parameters first. */
export function tellingFields(runs: Run[]): string[] {
  const differs = (field: Field) => new Set(runs.map((run) => numberOf(field, run))).size > 1;
  const shared = (field: Field) => runs.every((run) => numberOf(field, run) !== null);
  const fields = numericFields(runs).filter((field) => differs(field) && shared(field));
  const of = (group: string) => fields.filter((field) => field.group === group);
  return [...of("Parameters").slice(0, MOST_AXES / 2), ...of("Metrics")].slice(0, MOST_AXES).map(({ id }) => id);
}
