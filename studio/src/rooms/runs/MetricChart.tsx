/** One metric's curve; its points are read when it comes into view, thinned on the server. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Card } from "../../ui/Bits";
import { LineChart } from "../../ui/LineChart";
import { Waiting } from "../../ui/States";
import { formatValue } from "../../ui/format";
import { useInView } from "../../ui/useInView";
import { useWhere } from "../workspaces/where";
import { type Metric, type Run, seriesQuery } from "./queries";
import css from "./runs.module.css";
import { type Drawing, axisLabels, curvesOf } from "./series";

const POINTS = 1500;

interface Props {
  run: Run;
  metric: Metric;
  drawing: Drawing;
}

export function MetricChart({ run, metric, drawing }: Props) {
  const [element, seen] = useInView<HTMLDivElement>();
  const { data: series, error } = useQuery({ ...seriesQuery(useWhere(), run.id, metric, POINTS), enabled: seen });
  const curves = useMemo(() => (series ? curvesOf(series, drawing) : []), [series, drawing]);
  const last = <span className={css.gone}>{`last ${formatValue(metric.last)} · ${metric.count.toLocaleString("en-US")} points`}</span>;
  return (
    <div ref={element} style={{ minHeight: 330 }}>
      <Card title={metric.name} actions={last}>
        {curves.length > 0 ? (
          <LineChart
            label={`Chart of ${metric.name}`}
            curves={curves}
            time={drawing.axis === "wall"}
            log={drawing.log}
            xLabel={axisLabels[drawing.axis]}
          />
        ) : error ? (
          <p>{error.message}</p>
        ) : (
          <Waiting />
        )}
      </Card>
    </div>
  );
}
