/** Curves of several runs over each other, one chart a metric. */

import { useQueries, useSuspenseQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { Card } from "../../ui/Bits";
import { type Curve, LineChart } from "../../ui/LineChart";
import { Waiting } from "../../ui/States";
import { useInView } from "../../ui/useInView";
import { useWhere } from "../workspaces/where";
import { DrawingBar } from "./DrawingBar";
import { type Metric, type Run, type Series, metricsQuery, seriesQuery } from "./queries";
import css from "./runs.module.css";
import { type Drawing, axisLabels, curvesOf } from "./series";
import { useDrawing } from "./useDrawing";

const POINTS = 1000;

interface Line {
  run: Run;
  metric: Metric;
}

export function OverlaidCharts({ runs }: { runs: Run[] }) {
  const where = useWhere();
  const lists = useSuspenseQueries({ queries: runs.map((run) => metricsQuery(where, run)) });
  const [drawing, setDrawing] = useDrawing();
  const charts = new Map<string, Line[]>();
  for (const [at, run] of runs.entries()) {
    for (const metric of lists[at]?.data ?? []) {
      if (metric.kind !== "scalar" || metric.count < 2 || typeof metric.last !== "number") continue;
      charts.set(metric.name, [...(charts.get(metric.name) ?? []), { run, metric }]);
    }
  }
  if (charts.size === 0) return null;
  return (
    <>
      <div className={css.bar} style={{ marginLeft: 0 }}>
        <DrawingBar drawing={drawing} onChange={setDrawing} />
      </div>
      <div className={css.charts}>
        {[...charts].map(([name, lines]) => (
          <Overlay key={name} name={name} lines={lines} drawing={drawing} />
        ))}
      </div>
    </>
  );
}

function Overlay({ name, lines, drawing }: { name: string; lines: Line[]; drawing: Drawing }) {
  const where = useWhere();
  const [element, seen] = useInView<HTMLDivElement>();
  const series = useQueries({
    queries: lines.map(({ run, metric }) => ({ ...seriesQuery(where, run.id, metric, POINTS), enabled: seen })),
    combine: (answers) => answers.map(({ data }) => data),
  });
  const curves = useMemo(() => label(lines, series, drawing), [lines, series, drawing]);
  return (
    <div ref={element} style={{ minHeight: 330 }}>
      <Card title={name}>
        {curves.length > 0 ? <LineChart label={`Chart of ${name}`} curves={curves} time={drawing.axis === "wall"} log={drawing.log} xLabel={axisLabels[drawing.axis]} /> : <Waiting />}
      </Card>
    </div>
  );
}

function label(lines: Line[], series: (Series | undefined)[], drawing: Drawing): Curve[] {
  return lines.flatMap(({ run }, at) => {
    const read = series[at];
    return read ? curvesOf(read, drawing).map((curve) => ({ ...curve, label: run.display_name })) : [];
  });
}
