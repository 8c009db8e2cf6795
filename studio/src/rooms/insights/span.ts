/** The range of time that the pages show; it lives in the address, so that a link shows the same. */

import { useMemo } from "react";
import { useAddress } from "../../ui/useAddress";
import type { Span } from "./queries";

const STEP_MS = 30_000;
const LEAST_MS = 60_000;
export const RANGES: [string, number][] = [
  ["30 minutes", 0.5],
  ["1 hour", 1],
  ["6 hours", 6],
  ["24 hours", 24],
  ["7 days", 168],
  ["30 days", 720],
];

export interface Chosen {
  span: Span;
  /** How many hours back from now; null where a part was brushed. */
  hours: number | null;
  setHours: (hours: number) => void;
  brush: (from: number, to: number) => void;
}

export function useSpan(): Chosen {
  const { get, go } = useAddress();
  const since = get("since");
  const until = get("until");
  const hours = since && until ? null : Number(get("hours")) || 1;
  // Moments in a query's key would be new ones at every drawing; whole steps are not.
  const now = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const span = useMemo((): Span => {
    if (since && until) return { since, until };
    return { since: new Date(now - (hours ?? 1) * 3_600_000).toISOString() };
  }, [since, until, hours, now]);
  return {
    span,
    hours,
    setHours: (value) => go({ hours: String(value), since: "", until: "" }),
    brush: (from, to) => go({ hours: "", since: isoOf(from), until: isoOf(Math.max(to, from + LEAST_MS)) }),
  };
}

function isoOf(at: number): string {
  return new Date(at).toISOString();
}
