/** Runs as bars, points and lines: what the chart library is asked to draw. */

import type { ChartOption } from "../../ui/Chart";
import { formatNumber, formatTime } from "../../ui/format";
import { coloursOf } from "../../ui/palette";
import { type Field, isTime, numberOf, titleWithUnit } from "./fields";
import type { Run } from "./queries";
import type { ChartChoice } from "./view";

export interface Plot {
  option: ChartOption;
  /** Those that are drawn, in the order of the data. */
  runs: Run[];
}

const LABELLED = 14;

export function optionOf(kind: ChartChoice["kind"], fields: Field[], runs: Run[], dark: boolean): Plot {
  const [first, second] = fields;
  if (kind === "lines" && fields.length > 1) return lines(fields, runs, dark);
  if (kind === "points" && first && second) return points(first, second, runs);
  return first ? bars(first, runs) : { option: {}, runs: [] };
}

function bars(field: Field, runs: Run[]): Plot {
  const drawn = runs.filter((run) => numberOf(field, run) !== null);
  const option: ChartOption = {
    tooltip: tooltip((at) => `${drawn[at]?.display_name ?? ""}\n${titleWithUnit(field)}: ${words(field, drawn[at])}`),
    grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
    xAxis: {
      type: "category",
      data: drawn.map(({ display_name }) => display_name),
      axisLabel: { show: drawn.length <= LABELLED, rotate: drawn.length > 4 ? 30 : 0, overflow: "truncate", width: 90 },
      axisTick: { show: false },
    },
    yAxis: { ...axisOf(field), scale: false },
    series: [{ type: "bar", barMaxWidth: 28, data: drawn.map((run) => numberOf(field, run)) }],
  };
  return { option, runs: drawn };
}

function points(down: Field, across: Field, runs: Run[]): Plot {
  const drawn = runs.filter((run) => numberOf(down, run) !== null && numberOf(across, run) !== null);
  const said = (at: number) =>
    [drawn[at]?.display_name, ...[down, across].map((field) => `${titleWithUnit(field)}: ${words(field, drawn[at])}`)].join("\n");
  const option: ChartOption = {
    tooltip: tooltip(said),
    grid: { left: 8, right: 24, top: 12, bottom: 26, containLabel: true },
    xAxis: { ...axisOf(across), name: titleWithUnit(across), nameLocation: "middle", nameGap: 26 },
    yAxis: axisOf(down),
    series: [{ type: "scatter", symbolSize: 9, itemStyle: { opacity: 0.75 }, data: drawn.map((run) => [numberOf(across, run), numberOf(down, run)]) }],
  };
  return { option, runs: drawn };
}

/** Every field an axis, every run a line across them, coloured by the last. */
function lines(fields: Field[], runs: Run[], dark: boolean): Plot {
  const drawn = runs.filter((run) => fields.every((field) => numberOf(field, run) !== null));
  const last = fields.at(-1);
  const colours = coloursOf(dark);
  // A few runs bear the colours of their curves; many are coloured by where they end.
  const few = runs.length <= colours.length;
  const option: ChartOption = {
    tooltip: tooltip((at) => [drawn[at]?.display_name, ...fields.map((field) => `${titleWithUnit(field)}: ${words(field, drawn[at])}`)].join("\n")),
    parallel: { left: 50, right: 70, top: 42, bottom: 18, parallelAxisDefault: { nameTextStyle: { fontSize: 12 } } },
    parallelAxis: fields.map((field, dim) => ({
      dim,
      name: titleWithUnit(field),
      nameGap: 14,
      type: "value" as const,
      scale: true,
      axisLabel: { formatter: labels(field), color: dark ? "#d6d6d6" : "#424242" },
    })),
    visualMap: few || !last ? undefined : shades(last, drawn, fields.length - 1, colours),
    series: [
      {
        type: "parallel",
        lineStyle: { width: 2, opacity: drawn.length > 60 ? 0.35 : 0.8 },
        emphasis: { lineStyle: { width: 4, opacity: 1 } },
        data: drawn.map((run) => ({
          value: fields.map((field) => numberOf(field, run) ?? 0),
          lineStyle: few ? { color: colours[runs.indexOf(run)] } : undefined,
        })),
      },
    ],
  };
  return { option, runs: drawn };
}

function shades(field: Field, runs: Run[], dimension: number, colours: string[]): ChartOption["visualMap"] {
  const numbers = runs.flatMap((run) => numberOf(field, run) ?? []);
  const [low = "", high = "", , middle = ""] = colours;
  const min = numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const max = numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return { show: false, dimension, min, max, inRange: { color: [low, middle, high] } };
}

function tooltip(said: (index: number) => string): ChartOption["tooltip"] {
  // Names may hold what the library takes for its own markup; without braces there is none.
  const formatter = (about: { dataIndex: number } | { dataIndex: number }[]) =>
    said([about].flat()[0]?.dataIndex ?? 0).replace(/[{}]/g, "");
  return { renderMode: "richText", confine: true, formatter };
}

function axisOf(field: Field) {
  const splitLine = { lineStyle: { opacity: 0.4 } };
  return { type: isTime(field) ? ("time" as const) : ("value" as const), scale: true, splitLine, ...(isTime(field) ? {} : { axisLabel: { formatter: labels(field) } }) };
}

function labels(field: Field): (value: number) => string {
  return isTime(field) ? (value) => formatTime(value) : (value) => formatNumber(value);
}

function words(field: Field, run: Run | undefined): string {
  const value = run ? numberOf(field, run) : null;
  return value === null ? "--" : labels(field)(value);
}
