/** Curves over steps or time, drawn by uPlot: zoom by dragging or by keys, double click for all. */

import { Button } from "@fluentui/react-components";
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from "react";
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

/** From and to, on the horizontal axis. */
export type Range = readonly [number, number];

interface Props {
  label: string;
  curves: Curve[];
  /** Whether x is in seconds since 1970. */
  time?: boolean;
  log?: boolean;
  xLabel: string;
  height?: number;
  /** Told the part that is zoomed to, null for all; whoever has finer points for it hands them in as `curves`. */
  onZoom?: (range: Range | null) => void;
}

/**
 * With more curves, hovering marks none: fading all but the nearest draws them all anew, and every dot on a curve is a
 * layer of its own.
 */
const MOST_FOCUSED = 8;

export function LineChart({ label, curves, time = false, log = false, xLabel, height = 240, onZoom }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const zoomed = useRef<Range | null>(null);
  const [isZoomed, setZoomed] = useState(false);
  const dark = useDark();
  const names = curves.map((curve) => curve.label).join("\n");
  const latest = useRef({ curves, onZoom });
  latest.current = { curves, onZoom };
  const zoom = useCallback((range: Range | null) => {
    zoomed.current = range;
    setZoomed(range !== null);
    latest.current.onZoom?.(range);
    chart.current?.setData(chart.current.data);
  }, []);
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const looks = { time, log, xLabel, height, dark, width: element.clientWidth };
    const options = optionsOf(names.split("\n"), looks, zoomed, zoom);
    const plot = new uPlot(options, joined(latest.current.curves), element);
    chart.current = plot;
    const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [names, time, log, xLabel, height, dark, zoom]);
  useEffect(() => chart.current?.setData(joined(curves)), [curves]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (chart.current && pressed(event.key, chart.current, zoom)) event.preventDefault();
  };
  return (
    <div className={css.holder}>
      <div
        ref={holder}
        className={css.chart}
        role="img"
        aria-label={label}
        aria-keyshortcuts="ArrowLeft ArrowRight + - Escape"
        tabIndex={0}
        onKeyDown={onKeyDown}
      />
      {isZoomed && (
        <Button size="small" className={css.all} onClick={() => zoom(null)}>
          Show all
        </Button>
      )}
    </div>
  );
}

/** Arrows move the read-out from point to point, plus and minus zoom around it; false for every other key. */
function pressed(key: string, plot: uPlot, zoom: (range: Range | null) => void): boolean {
  const xs = plot.data[0];
  const { min, max } = plot.scales.x ?? {};
  if (min == null || max == null || xs.length === 0) return false;
  const at = plot.cursor.idx ?? Math.floor(xs.length / 2);
  const x = xs[at] ?? min;
  const span = (max - min) / 4;
  if (key === "Escape") zoom(null);
  else if (key === "+" || key === "=") zoom([x - span, x + span]);
  else if (key === "-") zoom([min - span, max + span]);
  else if (key === "ArrowLeft" || key === "ArrowRight") {
    const next = xs[Math.min(Math.max(at + (key === "ArrowLeft" ? -1 : 1), 0), xs.length - 1)] ?? x;
    plot.setCursor({ left: plot.valToPos(next, "x"), top: plot.over.clientHeight / 2 });
  } else return false;
  return true;
}

function joined(curves: Curve[]): uPlot.AlignedData {
  const tables = curves.map(({ x, y }): uPlot.AlignedData => [x, y.map((value) => (Number.isFinite(value) ? value : null))]);
  const [only] = tables;
  return tables.length === 1 && only ? only : uPlot.join(tables);
}

const DAY = 86_400;
const DATE = "\n{MMM} {D}, {YYYY}";
/** How times are written along the axis, by the seconds from tick to tick; under them the date, where a new one begins. */
const TIMES = [
  [365 * DAY, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * DAY, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [DAY, "{MMM} {D}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{h}:{mm} {AA}", DATE, null, "\n{MMM} {D}", null, null, null, 1],
  [1, "{h}:{mm}:{ss}", DATE, null, "\n{MMM} {D}", null, null, null, 1],
  [0.001, "{h}:{mm}:{ss}.{fff}", DATE, null, "\n{MMM} {D}", null, null, null, 1],
];

/** A mouse may move many times between two frames; one read-out of all curves is all that is ever seen. */
function oncePerFrame(plot: uPlot, _target: HTMLElement, move: (event: MouseEvent) => null): (event: MouseEvent) => null {
  let last: MouseEvent | null = null;
  const show = () => {
    // Whoever has left meanwhile wants no read-out any more.
    if (last && plot.over.matches(":hover")) move(last);
    last = null;
  };
  return (event) => {
    if (last === null) requestAnimationFrame(show);
    last = event;
    return null;
  };
}

interface Looks {
  time: boolean;
  log: boolean;
  xLabel: string;
  height: number;
  width: number;
  dark: boolean;
}

type Zoomed = { readonly current: Range | null };

function optionsOf(labels: string[], looks: Looks, zoomed: Zoomed, onZoom: (range: Range | null) => void): uPlot.Options {
  const { time, log, xLabel, height, width, dark } = looks;
  const colours = coloursOf(dark);
  const stroke = dark ? "#adadad" : "#616161";
  const grid = { stroke: dark ? "#3d3d3d" : "#ececec", width: 1 };
  const axis = { stroke, grid, ticks: grid, font: "12px system-ui, sans-serif" };
  const select = (plot: uPlot) => {
    const { left, width: wide } = plot.select;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (wide > 0) onZoom([plot.posToVal(left, "x"), plot.posToVal(left + wide, "x")]);
  };
  const all = () => {
    onZoom(null);
    return null;
  };
  return {
    width,
    height,
    scales: { x: { time, range: (_plot, min, max) => [...(zoomed.current ?? [min, max])] }, y: log ? { distr: 3 } : {} },
    axes: [
      { ...axis, values: time ? TIMES : (_plot, ticks) => ticks.map((tick) => formatNumber(tick)) },
      { ...axis, size: 62, values: (_plot, ticks) => ticks.map((tick) => (tick == null ? "" : formatNumber(tick))) },
    ],
    series: [
      { label: xLabel, value: time ? "{MMM} {D}, {YYYY}, {h}:{mm}:{ss} {AA}" : (_plot, value) => (value == null ? "--" : formatNumber(value)) },
      ...labels.map((label, at) => ({
        label,
        stroke: colours[at % colours.length],
        width: 1.75,
        spanGaps: true,
        points: { size: 5 },
        value: (_plot: uPlot, value: number | null) => (value == null ? "--" : formatNumber(value)),
      })),
    ],
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { show: labels.length <= MOST_FOCUSED },
      focus: { prox: labels.length > MOST_FOCUSED ? -1 : 24 },
      bind: { dblclick: () => all, mousemove: oncePerFrame },
    },
    hooks: { setSelect: [select] },
    legend: { live: true },
  };
}
