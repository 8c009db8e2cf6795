/** A run's metrics: single values as cards, series as curves, tables as tables. */

import { SearchBox } from "@fluentui/react-components";
import { DataTrendingRegular } from "@fluentui/react-icons/svg/data-trending";
import { useDeferredValue, useState } from "react";
import { Empty } from "../../ui/States";
import { formatValue } from "../../ui/format";
import { DrawingBar } from "./DrawingBar";
import { MetricChart } from "./MetricChart";
import { MetricDocument, documentKind } from "./MetricDocument";
import { MetricTable } from "./MetricTable";
import { useMetrics } from "./feed";
import type { Metric, Run } from "./queries";
import css from "./runs.module.css";
import { useDrawing } from "./useDrawing";

const FILES: readonly Metric["kind"][] = ["image"];

export default function MetricsTab({ run }: { run: Run }) {
  const metrics = useMetrics(run);
  const [search, setSearch] = useState("");
  const [drawing, setDrawing] = useDrawing();
  const looked = useDeferredValue(search.toLowerCase());
  const shown = metrics.filter(({ name, kind }) => name.toLowerCase().includes(looked) && !FILES.includes(kind));
  if (metrics.length === 0) {
    return (
      <Empty icon={<DataTrendingRegular />} title="No metrics">
        {"Log one with run.log(\"accuracy\", 0.926), and it appears here."}
      </Empty>
    );
  }
  const curves = shown.filter(isCurve);
  return (
    <>
      <div className={css.bar} style={{ marginLeft: 0 }}>
        <SearchBox placeholder="Filter metrics" value={search} onChange={(_, data) => setSearch(data.value)} />
        {curves.length > 0 && <DrawingBar drawing={drawing} onChange={setDrawing} />}
      </div>
      <Cards metrics={shown.filter(isSingle)} />
      <div className={css.charts}>
        {curves.map((metric) => (
          <MetricChart key={metric.name} run={run} metric={metric} drawing={drawing} />
        ))}
        {shown.filter((metric) => !isSingle(metric) && !isCurve(metric)).map((metric) => (
          <Other key={metric.name} run={run} metric={metric} />
        ))}
      </div>
    </>
  );
}

function Other({ run, metric }: { run: Run; metric: Metric }) {
  const kind = documentKind(metric);
  return kind ? <MetricDocument run={run} metric={metric} kind={kind} /> : <MetricTable run={run} metric={metric} />;
}

function isNumeric(metric: Metric): boolean {
  return Object.values(metric.columns).every((type) => type === "int" || type === "double" || type === "bool");
}

function isSingle(metric: Metric): boolean {
  return metric.kind === "scalar" && metric.count === 1;
}

function isCurve(metric: Metric): boolean {
  return (metric.kind === "scalar" || metric.kind === "list") && metric.count > 1 && isNumeric(metric);
}

function Cards({ metrics }: { metrics: Metric[] }) {
  if (metrics.length === 0) return null;
  return (
    <div className={css.cards}>
      {metrics.map((metric) => (
        <div key={metric.name} className={css.card} role="group" aria-label={metric.name}>
          <span title={metric.name}>{metric.name}</span>
          <strong title={String(metric.last)}>{formatValue(metric.last)}</strong>
        </div>
      ))}
    </div>
  );
}
