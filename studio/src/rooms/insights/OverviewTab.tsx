/** Requests, failures and how long they took, over a time that is narrowed by dragging over a chart. */

import { useSuspenseQuery } from "@tanstack/react-query";
import type { Where } from "../../paths";
import { Alert, Card } from "../../ui/Bits";
import { formatNumber, formatSize } from "../../ui/format";
import { type Curve, LineChart, type Range } from "../../ui/LineChart";
import { Empty } from "../../ui/States";
import css from "./insights.module.css";
import { type Insights, type Overview, overviewQuery } from "./queries";
import type { Chosen } from "./span";
import { Tiles } from "./Tiles";

export function OverviewTab({ where, insights, chosen }: { where: Where; insights: Insights; chosen: Chosen }) {
  const { data: overview } = useSuspenseQuery({ ...overviewQuery(where, chosen.span), refetchInterval: 10_000 });
  const { total, kinds } = overview;
  const onZoom = (range: Range | null) => (range ? chosen.brush(range[0] * 1000, range[1] * 1000) : chosen.setHours(1));
  const key = `${chosen.span.since} ${chosen.span.until ?? ""}`;
  return (
    <div className={css.stack}>
      {insights.dropped > 0 && (
        <Alert title={`${formatNumber(insights.dropped)} items were dropped`}>
          More came at once than could be written, or their time was out of bounds; {formatNumber(insights.received)} came in all.
        </Alert>
      )}
      <Tiles
        items={[
          ["Requests", formatNumber(total.requests)],
          ["Failures", total.requests ? `${formatNumber(total.failures)} (${formatNumber(Math.round((1000 * total.failures) / total.requests) / 10)} %)` : "0", total.failures > 0],
          ["p50", milliseconds(total.p50_ms)],
          ["p95", milliseconds(total.p95_ms)],
          ["p99", milliseconds(total.p99_ms)],
          ["Dependencies", formatNumber(kinds["dependency"] ?? 0)],
          ["Exceptions", formatNumber(kinds["exception"] ?? 0)],
          ["Kept", formatSize(insights.bytes)],
        ]}
      />
      {Object.keys(kinds).length === 0 ? (
        <Empty title="No telemetry in this time">Under «Connect» is what a program needs to send some.</Empty>
      ) : (
        <div className={css.charts}>
          <Card title="Requests and failures">
            <LineChart key={`count ${key}`} label="Requests and failures over time" curves={counts(overview)} time xLabel="Time" onZoom={onZoom} />
          </Card>
          <Card title="Duration of requests in ms">
            <LineChart key={`ms ${key}`} label="Duration of requests over time" curves={durations(overview)} time xLabel="Time" onZoom={onZoom} />
          </Card>
        </div>
      )}
    </div>
  );
}

export function milliseconds(value: number | null | undefined): string {
  return value == null ? "--" : value >= 10_000 ? `${formatNumber(Math.round(value / 100) / 10)} s` : `${formatNumber(Number(value.toPrecision(3)))} ms`;
}

function counts({ buckets }: Overview): Curve[] {
  const x = buckets.map(({ at }) => Date.parse(at) / 1000);
  return [
    { label: "Requests", x, y: buckets.map(({ requests }) => requests) },
    { label: "Failures", x, y: buckets.map(({ failures }) => failures) },
  ];
}

function durations({ buckets }: Overview): Curve[] {
  const x = buckets.map(({ at }) => Date.parse(at) / 1000);
  return [
    { label: "p50", x, y: buckets.map(({ p50_ms }) => p50_ms ?? null) },
    { label: "p95", x, y: buckets.map(({ p95_ms }) => p95_ms ?? null) },
    { label: "p99", x, y: buckets.map(({ p99_ms }) => p99_ms ?? null) },
  ];
}
