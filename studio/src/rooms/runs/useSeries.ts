/** A metric's points as a chart shows them: read once, then followed, and never more than a chart can use. */

import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { queryClient } from "../../api/queries";
import { useWhere } from "../workspaces/where";
import { type Metric, type Run, type Series, readSeries } from "./queries";
import type { Window } from "./series";

/** Points asked for: more than a chart has columns of pixels. */
export const POINTS = 1500;
const KEPT_MS = 60_000;

interface Answer {
  series: Series | undefined;
  error: Error | null;
}

/** All of a metric, thinned; points that are logged later are added at its end while `seen`. */
export function useSeries(run: Run, metric: Metric, seen: boolean): Answer {
  const where = useWhere();
  const queryKey = ["series", where, run.id, metric.name, "followed"];
  const query = useQuery({
    queryKey,
    queryFn: async () => {
      const before = queryClient.getQueryData<Series>(queryKey);
      const behind = metric.count - (before?.total ?? 0);
      if (!before || behind < 0 || before.index.length + behind > 2 * POINTS) return readSeries(where, run.id, metric.name, { points: POINTS });
      const after = before.index.at(-1);
      return joined(before, await readSeries(where, run.id, metric.name, { after, points: POINTS }));
    },
    enabled: seen,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: KEPT_MS,
    structuralSharing: false,
  });
  useGrowth(query, metric, seen);
  return { series: query.data, error: query.error };
}

/** A part of a metric, thinned by itself so that it shows more than the whole does; nothing where there is no window. */
export function useWindow(run: Run, metric: Metric, window: Window | null): Answer {
  const where = useWhere();
  const { data, error } = useQuery({
    queryKey: ["series", where, run.id, metric.name, "window", window],
    queryFn: () => readSeries(where, run.id, metric.name, { ...window, points: pointsOf(window) }),
    enabled: window !== null,
    placeholderData: (before: Series | undefined) => before,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    structuralSharing: false,
  });
  return { series: window ? data : undefined, error };
}

// A window that is not much longer than what is asked for comes whole.
function pointsOf(window: Window | null): number {
  const length = window ? window.before - window.after : 0;
  return length <= 4 * POINTS ? 4 * POINTS : POINTS;
}

/** The newest rows of a metric that is not thinned. */
export function useNewestRows(run: Run, metric: Metric, most: number, seen: boolean): Answer {
  const where = useWhere();
  const query = useQuery({
    queryKey: ["series", where, run.id, metric.name, "newest", most],
    queryFn: () => readSeries(where, run.id, metric.name, metric.count > most ? { after: metric.count - most - 1 } : {}),
    enabled: seen,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: KEPT_MS,
    structuralSharing: false,
  });
  useGrowth(query, metric, seen);
  return { series: query.data, error: query.error };
}

// One question at a time, however fast points come in.
function useGrowth({ data, refetch }: UseQueryResult<Series>, metric: Metric, seen: boolean): void {
  const grown = seen && data !== undefined && data.total < metric.count;
  useEffect(() => {
    if (grown) void refetch({ cancelRefetch: false });
  }, [grown, data, refetch]);
}

function joined(before: Series, behind: Series): Series {
  const columns = Object.entries(before.values).map(([name, cells]) => [name, [...cells, ...(behind.values[name] ?? [])]]);
  return {
    ...behind,
    index: [...before.index, ...behind.index],
    step: [...before.step, ...behind.step],
    at: [...before.at, ...behind.at],
    values: Object.fromEntries(columns) as Series["values"],
    thinned: before.thinned === true || behind.thinned === true,
  };
}
