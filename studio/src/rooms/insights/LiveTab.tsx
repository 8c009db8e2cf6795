/** What comes in just now, told once a second for as long as the window is seen. */

import { useEffect, useState } from "react";
import { route } from "../../api/client";
import type { Where } from "../../paths";
import { Card } from "../../ui/Bits";
import { formatNumber } from "../../ui/format";
import { Grid } from "../../ui/Grid";
import { LineChart } from "../../ui/LineChart";
import { Empty } from "../../ui/States";
import { itemColumns } from "./columns";
import css from "./insights.module.css";
import { milliseconds } from "./OverviewTab";
import type { Item, Live } from "./queries";
import { Tiles } from "./Tiles";

const KEPT_EVENTS = 90;
const KEPT_ITEMS = 50;

export function LiveTab({ where }: { where: Where }) {
  const [events, setEvents] = useState<Live[]>([]);
  const [items, setItems] = useState<Item[]>([]);
  useEffect(() => {
    const source = new EventSource(route(where, "insights", "live"));
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as Live;
      setEvents((before) => [...before, event].slice(-KEPT_EVENTS));
      setItems((before) => [...event.items, ...before].slice(0, KEPT_ITEMS));
    };
    return () => source.close();
  }, [where]);
  const last = events.at(-1);
  const x = events.map(({ at }) => Date.parse(at) / 1000);
  const rate = (count: number | undefined) => (last && last.seconds > 0.1 ? `${formatNumber(Math.round((10 * (count ?? 0)) / last.seconds) / 10)} /s` : "0 /s");
  return (
    <div className={css.stack}>
      <Tiles
        items={[
          ["Requests", rate(last?.requests)],
          ["Failures", rate(last?.failures)],
          ["Mean duration", milliseconds(last?.mean_ms)],
          ["Dependencies", rate(last?.dependencies)],
          ["Exceptions", rate(last?.exceptions)],
          ["Dropped", rate(last?.dropped)],
        ]}
      />
      <Card title="Requests and failures a second">
        <LineChart
          label="Requests and failures a second"
          time
          xLabel="Time"
          curves={[
            { label: "Requests", x, y: events.map((event) => event.requests / Math.max(event.seconds, 0.1)) },
            { label: "Failures", x, y: events.map((event) => event.failures / Math.max(event.seconds, 0.1)) },
          ]}
        />
      </Card>
      <Grid label="Newest telemetry" rows={items} rowId={({ id }) => id} columns={itemColumns(where)} empty={<Empty title="Waiting for telemetry" />} />
    </div>
  );
}
