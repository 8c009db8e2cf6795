/** Draws a chart by ECharts. Large: everybody but Chart.tsx lets Chart.tsx load it. */

import type { EChartsOption } from "echarts";
import { BarChart, HeatmapChart, LineChart, ParallelChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, ParallelComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { type ECharts, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { coloursOf } from "./palette";
import { FONT, useDark } from "./theme";

use([BarChart, HeatmapChart, LineChart, ParallelChart, ScatterChart]);
use([GridComponent, LegendComponent, ParallelComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

export type ChartOption = EChartsOption;

export interface ChartProps {
  /** What the chart shows, for those who do not see it. */
  label: string;
  option: ChartOption;
  height?: number;
  /** Called with the place of the datum in its series. */
  onClick?: (index: number) => void;
}

export default function Drawing({ label, option, height = 300, onClick }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const click = useRef(onClick);
  click.current = onClick;
  const dark = useDark();
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const made = init(element, dark ? "dark" : undefined);
    made.on("click", ({ dataIndex }) => click.current?.(dataIndex));
    const watcher = new ResizeObserver(() => made.resize());
    watcher.observe(element);
    chart.current = made;
    return () => {
      watcher.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, [dark]);
  useEffect(() => chart.current?.setOption({ ...looks(dark), ...option }, { notMerge: true }), [option, dark]);
  return <div ref={holder} role="img" aria-label={label} style={{ height }} />;
}

// Tooltips are drawn on the canvas: as HTML they would need styles that the page's policy refuses.
function looks(dark: boolean): ChartOption {
  return {
    backgroundColor: "transparent",
    color: coloursOf(dark),
    textStyle: { fontFamily: FONT },
    animation: false,
    grid: { left: 8, right: 16, top: 24, bottom: 8, containLabel: true },
    tooltip: { renderMode: "richText", confine: true },
  };
}
