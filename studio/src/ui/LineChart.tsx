/** Curves over steps or time, drawn by uPlot: zoom by dragging, double click for all. */

import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import css from "./LineChart.module.css";
import { formatNumber } from "./format";
import { coloursOf } from "./palette";
import { useDark } from "./theme";

export interface Curve {
  label: string;
  x: number[];
  /** NaN and infinities leave a gap. */
  y: (number | null)[];
}

interface Props {
  label: string;
  curves: Curve[];
  /** Whether x is in seconds since 1970. */
  time?: boolean;
  log?: boolean;
  xLabel: string;
  height?: number;
}

export function LineChart({ label, curves, time, log, xLabel, height = 240 }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const dark = useDark();
  const names = curves.map((curve) => curve.label).join("\n");
  const latest = useRef(curves);
  latest.current = curves;
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const options = optionsOf(names.split("\n"), { time: time === true, log: log === true, xLabel, height, dark, width: element.clientWidth });
    const plot = new uPlot(options, joined(latest.current), element);
    chart.current = plot;
    const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [names, time, log, xLabel, height, dark]);
  useEffect(() => {
    const plot = chart.current;
    if (plot) plot.setData(joined(curves), !isZoomed(plot));
  }, [curves]);
  return <div ref={holder} className={css.chart} role="img" aria-label={label} />;
}

function isZoomed(plot: uPlot): boolean {
  const xs = plot.data[0];
  const { min, max } = plot.scales.x ?? {};
  return xs.length > 1 && min != null && max != null && (min > (xs[0] ?? 0) || max < (xs.at(-1) ?? 0));
}

function joined(curves: Curve[]): uPlot.AlignedData {
  const tables = curves.map(({ x, y }): uPlot.AlignedData => [x, y.map((value) => (Number.isFinite(value) ? value : null))]);
  const [only] = tables;
  return tables.length === 1 && only ? only : uPlot.join(tables);
}

interface Looks {
  time: boolean;
  log: boolean;
  xLabel: string;
  height: number;
  width: number;
  dark: boolean;
}

function optionsOf(labels: string[], { time, log, xLabel, height, width, dark }: Looks): uPlot.Options {
  const colours = coloursOf(dark);
  const stroke = dark ? "#adadad" : "#616161";
  const grid = { stroke: dark ? "#3d3d3d" : "#ececec", width: 1 };
  const axis = { stroke, grid, ticks: grid, font: "12px system-ui, sans-serif" };
  return {
    width,
    height,
    scales: { x: { time }, y: log ? { distr: 3 } : {} },
    axes: [
      { ...axis, values: time ? undefined : (_plot, ticks) => ticks.map((tick) => formatNumber(tick)) },
      { ...axis, size: 62, values: (_plot, ticks) => ticks.map((tick) => (tick == null ? "" : formatNumber(tick))) },
    ],
    series: [
      { label: xLabel, value: time ? undefined : (_plot, value) => (value == null ? "--" : formatNumber(value)) },
      ...labels.map((label, at) => ({
        label,
        stroke: colours[at % colours.length],
        width: 1.75,
        spanGaps: true,
        points: { size: 5 },
        value: (_plot: uPlot, value: number | null) => (value == null ? "--" : formatNumber(value)),
      })),
    ],
    cursor: { drag: { x: true, y: false }, focus: { prox: 24 } },
    legend: { live: true },
  };
}
