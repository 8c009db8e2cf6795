/** Follows a run that goes: by its feed of events, and by asking once a second as long as the feed says nothing. */

import { useSuspenseQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Schema, route } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Where } from "../../paths";
import { useWhere } from "../workspaces/where";
import { type Metric, type Run, hasEnded, metricsQuery, runQuery } from "./queries";

type RunEvent = Schema<"RunEvent">;

const ASK_MS = 1_000;
const RETRY_MS = 5_000;

/** The run, and as long as it goes and the window is seen, its news. */
export function useFollowedRun(id: string): Run {
  const where = useWhere();
  const { data: run } = useSuspenseQuery({ ...runQuery(where, id), refetchInterval: false });
  const going = !hasEnded(run);
  useEffect(() => (going ? whileSeen(() => follow(where, id)) : undefined), [where, id, going]);
  return run;
}

/** What is known of a run's metrics; `useFollowedRun` keeps it fresh. */
export function useMetrics(run: Run): Metric[] {
  return useSuspenseQuery({ ...metricsQuery(useWhere(), run), refetchInterval: false }).data;
}

/** Browsers allow six connections to a server, so that only windows that are seen may keep one. */
function whileSeen(begin: () => () => void): () => void {
  let end: (() => void) | undefined;
  const look = () => {
    if (document.hidden) {
      end?.();
      end = undefined;
    } else end ??= begin();
  };
  look();
  document.addEventListener("visibilitychange", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    end?.();
  };
}

function follow(where: Where, id: string): () => void {
  let source: EventSource;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let asking: ReturnType<typeof setInterval> | undefined;
  const ask = () => void invalidate(where, id);
  const open = () => {
    asking ??= setInterval(ask, ASK_MS);
    source = new EventSource(route(where, "runs", id, "events"));
    const known = new Map<string, Metric>();
    source.onmessage = ({ data }: MessageEvent<string>) => {
      clearInterval(asking);
      asking = undefined;
      const event = JSON.parse(data) as RunEvent;
      take(where, id, event, known);
      if (event.ended) source.close();
    };
    source.onerror = () => {
      asking ??= setInterval(ask, ASK_MS);
      // The browser itself asks again where a connection is lost, but not where it was refused.
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
    };
  };
  open();
  return () => {
    source.close();
    clearInterval(asking);
    clearTimeout(retry);
  };
}

/** Put an event's news where the pages read. The first event of a feed tells all there is. */
function take(where: Where, id: string, { run, metrics = [], ended }: RunEvent, known: Map<string, Metric>): void {
  for (const metric of metrics) known.set(metric.name, metric);
  const last = metrics.filter(({ kind }) => kind === "scalar").map((metric) => [metric.name, metric.last ?? null] as const);
  queryClient.setQueryData(runQuery(where, id).queryKey, (before) => {
    // A feed is the same for everybody; the star is the reader's own.
    const now = run ? { ...run, starred: before?.starred } : before;
    return now && { ...now, metrics: { ...now.metrics, ...Object.fromEntries(last) } };
  });
  if (metrics.length > 0) queryClient.setQueryData(["metrics", where, id], [...known.values()].sort(byName));
  // Its files and children may have changed with its end.
  if (ended) void queryClient.invalidateQueries();
}

function byName(a: Metric, b: Metric): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

async function invalidate(where: Where, id: string): Promise<void> {
  await Promise.all(["run", "metrics"].map((noun) => queryClient.invalidateQueries({ queryKey: [noun, where, id] })));
}
