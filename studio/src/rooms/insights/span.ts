/** The range of time that the pages show; it lives in the address, so that a link shows the same. */

import { useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Span } from "./queries";

const STEP_MS = 30_000;
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
  const [address, setAddress] = useSearchParams();
  const since = address.get("since");
  const until = address.get("until");
  const hours = since && until ? null : Number(address.get("hours")) || 1;
  // Moments in a query's key would be new ones at every drawing; whole steps are not.
  const now = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const span = useMemo((): Span => {
    if (since && until) return { since, until };
    return { since: new Date(now - (hours ?? 1) * 3_600_000).toISOString() };
  }, [since, until, hours, now]);
  const set = (values: Record<string, string>) =>
    setAddress((before) => {
      const next = new URLSearchParams(before);
      for (const name of ["since", "until", "hours"]) next.delete(name);
      for (const [name, value] of Object.entries(values)) next.set(name, value);
      return next;
    });
  return {
    span,
    hours,
    setHours: (value) => set({ hours: String(value) }),
    brush: (from, to) => set({ since: new Date(from).toISOString(), until: new Date(Math.max(to, from + 60_000)).toISOString() }),
  };
}
