/** What programs need to send telemetry, and what becomes of it. */

import { Button, Field, SpinButton, Switch } from "@fluentui/react-components";
import { useState } from "react";
import { sentence } from "../../api/client";
import type { Schema } from "../../api/client";
import type { Where } from "../../paths";
import { Alert, Card, Copy, Facts } from "../../ui/Bits";
import { formatNumber, formatSize } from "../../ui/format";
import css from "./insights.module.css";
import { type Insights, readConnection, updateInsights } from "./queries";

const SOURCES = [
  ["watch_server", "Watch the server's own requests for this workspace"],
  ["watch_runs", "Watch this workspace's runs"],
  ["watch_instances", "Watch this workspace's compute instances"],
] as const;

export function ConnectTab({ where, insights }: { where: Where; insights: Insights }) {
  const [connection, setConnection] = useState<Schema<"InsightsConnection"> | null>(null);
  const [problem, setProblem] = useState("");
  const attempt = async (work: () => Promise<void>) => {
    setProblem("");
    try {
      await work();
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  return (
    <div className={css.stack}>
      {problem && <Alert>{problem}</Alert>}
      <Card title="Send telemetry here">
        {connection ? (
          <Facts
            items={[
              ["Connection string, for Azure Monitor", <Copy key="c" text={connection.connection_string} />],
              ["OTEL_EXPORTER_OTLP_ENDPOINT", <Copy key="e" text={connection.otlp_endpoint} />],
              ["OTEL_EXPORTER_OTLP_HEADERS", <Copy key="h" text={connection.otlp_headers} />],
            ]}
          />
        ) : (
          <Button onClick={() => void attempt(async () => setConnection(await readConnection(where)))}>Show the connection</Button>
        )}
        <p className={css.note}>Its key lets programs send telemetry, and nothing else.</p>
      </Card>
      <Card title="What is kept">
        <Facts
          items={[
            ["Kept", `${formatNumber(insights.items)} items, ${formatSize(insights.bytes)} of ${formatSize(insights.max_bytes)}`],
            ["Received", formatNumber(insights.received)],
            ["Dropped", formatNumber(insights.dropped)],
          ]}
        />
        <Field label="Days that telemetry is kept" className={css.days}>
          <SpinButton
            min={1}
            max={730}
            value={insights.retention_days}
            onChange={(_, { value, displayValue }) => {
              const days = value ?? Number(displayValue);
              if (days >= 1 && days <= 730) void attempt(() => updateInsights(where, { retention_days: days }));
            }}
          />
        </Field>
        {SOURCES.map(([source, label]) => (
          <Switch
            key={source}
            label={label}
            checked={insights[source]}
            onChange={(_, { checked }) => void attempt(() => updateInsights(where, { [source]: checked }))}
          />
        ))}
      </Card>
    </div>
  );
}
