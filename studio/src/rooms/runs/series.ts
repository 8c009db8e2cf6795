/** A metric's points as curves: which axis, how smooth. */

import type { Curve, Range } from "../../ui/LineChart";
import { asNumber } from "../../ui/format";
import type { Series } from "./queries";

export type Axis = "step" | "relative" | "wall";

export interface Drawing {
  axis: Axis;
  log: boolean;
  /** 0 is as logged; near 1 follows slowly. */
  smoothing: number;
}

/** Points behind one index and before another. */
export interface Window {
  after: number;
  before: number;
}

export const axisLabels: Record<Axis, string> = { step: "Step", relative: "Seconds", wall: "Time" };

/** One curve for each column of the series. */
export function curvesOf(series: Series, { axis, smoothing }: Drawing): Curve[] {
  const order = inOrder(series, axis);
  const xs = order.map((at) => place(series, axis, at));
  return Object.entries(series.values).map(([label, cells]) => {
    const y = order.map((at) => asNumber(cells[at]));
    return { label, x: xs, y: smoothing > 0 ? smooth(y, smoothing) : y };
  });
}

/** The metric's points that a part of the axis shows, and one more on either side, by their indexes. */
export function windowOf(series: Series, axis: Axis, [from, to]: Range): Window {
  const order = inOrder(series, axis);
  const seen = order.map((at) => place(series, axis, at));
  const begin = Math.max(0, seen.findIndex((x) => x >= from) - 1);
  const end = seen.findLastIndex((x) => x <= to) + 1;
  const indexes = order.slice(begin, end + 1).map((at) => series.index[at] ?? 0);
  return { after: Math.min(...indexes) - 1, before: Math.max(...indexes) + 1 };
}

// uPlot wants x to rise; points may be logged with steps in any order.
function inOrder(series: Series, axis: Axis): number[] {
  const indexes = series.index.map((_, at) => at);
  const x = (at: number) => place(series, axis, at);
  return indexes.sort((a, b) => x(a) - x(b) || a - b);
}

function place(series: Series, axis: Axis, at: number): number {
  if (axis === "step") return series.step[at] ?? series.index[at] ?? at;
  const seconds = (series.at[at] ?? 0) / 1000;
  return axis === "wall" ? seconds : seconds - (series.metric.first_at ?? series.at[0] ?? 0) / 1000;
}

/** An exponential moving average without the pull of its first value, as TensorBoard draws it. */
export function smooth(values: (number | null)[], weight: number): (number | null)[] {
  let last = 0;
  let count = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    last = last * weight + (1 - weight) * value;
    count += 1;
    return last / (1 - weight ** count);
  });
}
