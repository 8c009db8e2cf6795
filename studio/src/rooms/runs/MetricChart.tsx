/** One metric's curve; its points are read when it comes into view, thinned on the server, and finer when zoomed. */

import { useMemo, useState } from "react";
import { Card } from "../../ui/Bits";
import { LineChart, type Range } from "../../ui/LineChart";
import { Waiting } from "../../ui/States";
import { formatValue } from "../../ui/format";
import { useInView } from "../../ui/useInView";
import type { Metric, Run } from "./queries";
import css from "./runs.module.css";
import { type Drawing, type Window, axisLabels, curvesOf, windowOf } from "./series";
import { useSeries, useWindow } from "./useSeries";

interface Props {
  run: Run;
  metric: Metric;
  drawing: Drawing;
}

export function MetricChart({ run, metric, drawing }: Props) {
  const [element, near] = useInView<HTMLDivElement>();
  const last = <span className={css.gone}>{`last ${formatValue(metric.last)} · ${metric.count.toLocaleString("en-US")} points`}</span>;
  return (
    <div ref={element} className={css.chart}>
      <Card title={metric.name} actions={last}>
        {near && <Plot key={drawing.axis} run={run} metric={metric} drawing={drawing} />}
      </Card>
    </div>
  );
}

function Plot({ run, metric, drawing }: Props) {
  const { series: whole, error } = useSeries(run, metric, true);
  const [window, setWindow] = useState<Window | null>(null);
  const { series: part } = useWindow(run, metric, window);
  const series = part ?? whole;
  const curves = useMemo(() => (series ? curvesOf(series, drawing) : []), [series, drawing]);
  const zoom = (range: Range | null) => setWindow(range && whole?.thinned ? windowOf(whole, drawing.axis, range) : null);
  if (error) return <p>{error.message}</p>;
  if (curves.length === 0) return <Waiting />;
  return (
    <LineChart
      label={`Chart of ${metric.name}`}
      curves={curves}
      time={drawing.axis === "wall"}
      log={drawing.log}
      xLabel={axisLabels[drawing.axis]}
      onZoom={zoom}
    />
  );
}
