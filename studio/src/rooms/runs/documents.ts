/** Confusion matrices, accuracy tables, residuals and predictions: the files that Azure's SDK logs, as charts. */

import type { ChartOption } from "../../ui/Chart";
import { formatNumber } from "../../ui/format";
import { coloursOf } from "../../ui/palette";

/** What a document shows, one chart at a time; the first is shown unless the reader chooses. */
export const views = {
  confusion_matrix: ["Counts", "Share of each true label"],
  accuracy_table: ["ROC", "Precision-recall", "Lift"],
  residuals: ["Residuals"],
  predictions: ["Predictions"],
} as const satisfies Record<string, readonly string[]>;

export type DocumentKind = keyof typeof views;

/** The chart of a document. Throws, with a sentence, where the document is not of its form. */
export function chartOf(kind: DocumentKind, document: unknown, view: string, dark: boolean): ChartOption {
  const data = new Fields((document as { data?: unknown } | null)?.data);
  if (kind === "confusion_matrix") return confusionMatrix(data, view !== views.confusion_matrix[0], dark);
  if (kind === "accuracy_table") return accuracyCurves(data, view);
  return kind === "residuals" ? residuals(data) : predictions(data, dark);
}

/** A document's fields, each checked when it is read. */
class Fields {
  constructor(private readonly data: unknown) {}

  has(name: string): boolean {
    return typeof this.data === "object" && this.data !== null && name in this.data;
  }

  list(name: string): unknown[] {
    const found = this.has(name) ? (this.data as Record<string, unknown>)[name] : undefined;
    if (!Array.isArray(found)) throw new Error(`The file's data has no list ${name}.`);
    return found;
  }

  numbers(name: string): number[] {
    return this.list(name).map((item) => number(item, name));
  }

  /** Tables of numbers, `depth` lists deep. */
  table(name: string): number[][] {
    return this.list(name).map((row) => rowOf(row, name));
  }

  tables(name: string): number[][][] {
    return this.list(name).map((table) => (Array.isArray(table) ? table.map((row) => rowOf(row, name)) : bad(name)));
  }
}

function rowOf(row: unknown, name: string): number[] {
  return Array.isArray(row) ? row.map((item) => number(item, name)) : bad(name);
}

function number(item: unknown, name: string): number {
  return typeof item === "number" ? item : bad(name);
}

function bad(name: string): never {
  throw new Error(`The list ${name} in the file's data holds something that is not a number.`);
}

function confusionMatrix(data: Fields, share: boolean, dark: boolean): ChartOption {
  const matrix = data.table("matrix");
  const labels = data.has("class_labels") ? data.list("class_labels").map(String) : matrix.map((_, at) => String(at));
  const rows = share ? matrix.map(shares) : matrix;
  const most = Math.max(...rows.flat(), Number.MIN_VALUE);
  const ink = (value: number) => (dark || value > most / 2 ? "#ffffff" : "#242424");
  const cells = rows.flatMap((row, y) => row.map((value, x) => ({ value: [x, y, value], label: { color: ink(value) } })));
  const axis = { type: "category" as const, data: labels, splitArea: { show: false }, nameLocation: "middle" as const };
  return {
    grid: { left: 26, right: 12, top: 12, bottom: 26, containLabel: true },
    xAxis: { ...axis, name: "Predicted label", nameGap: 30 },
    yAxis: { ...axis, name: "True label", nameGap: 24 + 6 * longest(labels), inverse: true },
    visualMap: { show: false, min: 0, max: most, inRange: { color: [dark ? "#262c33" : "#f3f8fd", dark ? "#2a78c6" : "#12538f"] } },
    tooltip: { renderMode: "richText", formatter: (cell) => matrixCell(cell, labels, matrix) },
    series: [
      {
        type: "heatmap",
        data: cells,
        label: { show: labels.length <= 20, formatter: ({ value }) => cellText((value as number[])[2] ?? 0, share) },
      },
    ],
  };
}

function longest(labels: string[]): number {
  return Math.min(Math.max(...labels.map(({ length }) => length), 1), 20);
}

function cellText(value: number, share: boolean): string {
  return share ? `${Math.round(value * 100)} %` : formatNumber(value);
}

function matrixCell(cell: unknown, labels: string[], matrix: number[][]): string {
  const [x = 0, y = 0] = (cell as { value: number[] }).value;
  const count = matrix[y]?.[x] ?? 0;
  return `true ${labels[y]}, predicted ${labels[x]}: ${formatNumber(count)} (${cellText(shares(matrix[y] ?? [])[x] ?? 0, true)})`;
}

function shares(row: number[]): number[] {
  const sum = row.reduce((a, b) => a + b, 0);
  return row.map((value) => (sum > 0 ? value / sum : 0));
}

/** What of a class was found at a threshold: true and false positives, true and false negatives. */
type Outcome = readonly [tp: number, fp: number, tn: number, fn: number];
type XY = [number, number];

const ratio = (part: number, rest: number) => part / (part + rest);

const points: Record<string, (outcome: Outcome) => XY> = {
  ROC: ([tp, fp, tn, fn]) => [ratio(fp, tn), ratio(tp, fn)],
  "Precision-recall": ([tp, fp, , fn]) => [ratio(tp, fn), ratio(tp, fp)],
  Lift: ([tp, fp, tn, fn]) => [(tp + fp) / (tp + fp + tn + fn), ratio(tp, fp) / ratio(tp + fn, fp + tn)],
};
const axes: Record<string, [string, string]> = {
  ROC: ["False positive rate", "True positive rate"],
  "Precision-recall": ["Recall", "Precision"],
  Lift: ["Share of all, most likely first", "Lift"],
};
const baselines: Record<string, XY[]> = { ROC: [[0, 0], [1, 1]], Lift: [[0, 1], [1, 1]] };

function accuracyCurves(data: Fields, view: string): ChartOption {
  const tables = data.tables(view === "Lift" && data.has("percentile_tables") ? "percentile_tables" : "probability_tables");
  const labels = data.has("class_labels") ? data.list("class_labels").map(String) : tables.map((_, at) => String(at));
  const point = points[view] ?? (() => [0, 0]);
  const [x, y] = axes[view] ?? ["", ""];
  const curves = tables.map((rows, at) => {
    const line = rows.map((row) => point(row as unknown as Outcome)).filter((xy) => xy.every(Number.isFinite));
    line.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const name = view === "ROC" ? `${labels[at]} (AUC ${formatNumber(areaBelow(line))})` : String(labels[at]);
    return { type: "line" as const, name, data: line, showSymbol: line.length < 30 };
  });
  const middle = { type: "value" as const, nameLocation: "middle" as const };
  return {
    legend: { type: "scroll", top: 0 },
    grid: { left: 26, right: 16, top: 40, bottom: 26, containLabel: true },
    xAxis: { ...middle, name: x, nameGap: 30, min: 0, max: 1 },
    yAxis: { ...middle, name: y, nameGap: 42, min: 0, max: view === "Lift" ? undefined : 1 },
    tooltip: { renderMode: "richText", trigger: "item", valueFormatter: readable },
    series: [...curves, { type: "line", name: "By chance", data: baselines[view] ?? [], showSymbol: false, lineStyle: dashed, itemStyle: { color: "#8a8a8a" } }],
  };
}

const dashed = { type: "dashed" as const, width: 1.5, color: "#8a8a8a" };

function readable(value: unknown): string {
  return Array.isArray(value) ? value.map((item) => formatNumber(Number(item))).join(", ") : formatNumber(Number(value));
}

function areaBelow(line: XY[]): number {
  return line.slice(1).reduce((sum, [x, y], at) => sum + ((x - (line[at]?.[0] ?? 0)) * (y + (line[at]?.[1] ?? 0))) / 2, 0);
}

function residuals(data: Fields): ChartOption {
  const edges = data.numbers("bin_edges");
  const bins = data.numbers("bin_counts").map((_, at) => `${formatNumber(edges[at] ?? at)} – ${formatNumber(edges[at + 1] ?? at)}`);
  return {
    grid: { left: 26, right: 16, top: 16, bottom: 26, containLabel: true },
    xAxis: { type: "category", data: bins, name: "Residual", nameLocation: "middle", nameGap: 30 },
    yAxis: { type: "value", name: "Count", nameLocation: "middle", nameGap: 40 },
    tooltip: { renderMode: "richText", trigger: "item" },
    series: [{ type: "bar", data: data.numbers("bin_counts"), barCategoryGap: "4%" }],
  };
}

function predictions(data: Fields, dark: boolean): ChartOption {
  const [color] = coloursOf(dark);
  const edges = data.numbers("bin_edges");
  const averages = data.numbers("bin_averages");
  const errors = data.has("bin_errors") ? data.numbers("bin_errors") : averages.map(() => 0);
  const centre = (at: number) => ((edges[at] ?? 0) + (edges[at + 1] ?? edges[at] ?? 0)) / 2;
  const line = (of: (average: number, at: number) => number): XY[] => averages.map((average, at) => [centre(at), of(average, at)]);
  const bound = { type: "line" as const, symbol: "none", lineStyle: { opacity: 0 }, stack: "error", silent: true, color, tooltip: { show: false } };
  const ends: XY[] = [edges[0] ?? 0, edges.at(-1) ?? 1].map((edge) => [edge, edge]);
  return {
    legend: { top: 0, data: ["Average prediction", "Ideal"] },
    grid: { left: 26, right: 16, top: 40, bottom: 26, containLabel: true },
    xAxis: { type: "value", name: "True value", nameLocation: "middle", nameGap: 30, scale: true },
    yAxis: { type: "value", name: "Predicted value", nameLocation: "middle", nameGap: 40, scale: true },
    tooltip: { renderMode: "richText", trigger: "item", valueFormatter: readable },
    series: [
      { ...bound, data: line((average, at) => average - (errors[at] ?? 0)) },
      { ...bound, data: line((_, at) => 2 * (errors[at] ?? 0)), areaStyle: { opacity: 0.2 } },
      { type: "line", name: "Average prediction", color, data: line((average) => average) },
      { type: "line", name: "Ideal", data: ends, showSymbol: false, lineStyle: dashed, itemStyle: { color: "#8a8a8a" } },
    ],
  };
}
