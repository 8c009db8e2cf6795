/** What a run has that can be a column, an axis or a cell of a file: its properties, metrics, parameters and tags. */

import { asNumber } from "../../ui/format";
import { statusWords } from "./RunStatusMark";
import type { Run } from "./queries";

export type FieldGroup = "Run" | "Metrics" | "Parameters" | "Tags";

export interface Field {
  /** `status`, `metric:accuracy`, `param:lr`, `tag:kind`. */
  id: string;
  title: string;
  group: FieldGroup;
  /** What stands in a file; null where the run has none. */
  value: (run: Run) => unknown;
  /** Of its numbers. */
  unit?: string;
}

const RUN: Field[] = [
  of("display_name", "Display name", (run) => run.display_name),
  of("starred", "Starred", (run) => run.starred === true),
  of("experiment", "Experiment", (run) => run.experiment),
  of("status", "Status", (run) => statusWords(run.status)),
  of("created_at", "Submitted time", (run) => run.created_at),
  { ...of("duration", "Duration", (run) => seconds(durationOf(run))), unit: "s" },
  of("created_by", "Submitted by", (run) => run.created_by),
  of("compute_target", "Compute target", (run) => run.compute_target),
  of("type", "Run type", (run) => run.type),
  of("started_at", "Started", (run) => run.started_at),
  of("ended_at", "Ended", (run) => run.ended_at),
  of("number", "Number", (run) => run.number),
  of("id", "Run ID", (run) => run.id),
  of("script_name", "Script name", (run) => run.script_name),
  of("description", "Description", (run) => run.description),
  of("tags", "Tags", ({ tags }) => Object.entries(tags).map(([name, value]) => (value ? `${name}: ${value}` : name)).join("; ")),
];

const KINDS: Record<string, [FieldGroup, (run: Run) => Record<string, unknown> | undefined]> = {
  metric: ["Metrics", (run) => run.metrics],
  param: ["Parameters", (run) => run.params],
  tag: ["Tags", (run) => run.tags],
};

/** How long a run took or has taken so far, in ms; null before it starts. */
export function durationOf({ started_at, ended_at }: Run): number | null {
  return started_at ? (ended_at ? Date.parse(ended_at) : Date.now()) - Date.parse(started_at) : null;
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

/** The field's name where its numbers stand: `Duration (s)`. */
export function titleWithUnit({ title, unit }: Field): string {
  return unit ? `${title} (${unit})` : title;
}

function of(id: string, title: string, value: Field["value"]): Field {
  return { id, title, group: "Run", value };
}

/** The field of that id; undefined where there can be none. */
export function fieldOf(id: string): Field | undefined {
  const [kind = "", ...rest] = id.split(":");
  const [group, read] = KINDS[kind] ?? [];
  const title = rest.join(":");
  if (!group || !read || !title) return RUN.find((field) => field.id === id);
  return { id, title, group, value: (run) => read(run)?.[title] ?? null };
}

/** All fields of these runs: properties first, then the metrics, parameters and tags that most of them have. */
export function fieldsOf(runs: Run[]): Field[] {
  const found = Object.entries(KINDS).flatMap(([kind, [, read]]) => namesOf(runs, read).map((name) => `${kind}:${name}`));
  return [...RUN, ...found.flatMap((id) => fieldOf(id) ?? [])];
}

/** The names that these runs have, those that most have first. */
export function namesOf(runs: Run[], read: (run: Run) => object | undefined): string[] {
  const counts = new Map<string, number>();
  for (const run of runs) for (const name of Object.keys(read(run) ?? {})) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).map(([name]) => name);
}

const TIMES = ["created_at", "started_at", "ended_at"];

export function isTime(field: Field): boolean {
  return TIMES.includes(field.id);
}

/** A run's place on an axis, times in ms since 1970; null where there is none. */
export function numberOf(field: Field, run: Run): number | null {
  const value = field.value(run);
  if (typeof value === "string" && value !== "") {
    const number = isTime(field) ? Date.parse(value) : Number(value);
    return Number.isFinite(number) ? number : asNumber(value);
  }
  return asNumber(value);
}

/** Fields that are numbers in any of these runs: what can be an axis. */
export function numericFields(runs: Run[]): Field[] {
  const hidden = ["starred", "id", "description"];
  return fieldsOf(runs).filter((field) => !hidden.includes(field.id) && runs.some((run) => numberOf(field, run) !== null));
}
