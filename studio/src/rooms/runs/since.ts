/** Since when runs were submitted, as the address says it, in the words of the filter language. */

const HOUR_MS = 3_600_000;

export const SPANS: Record<string, { label: string; ms: number }> = {
  "1h": { label: "Last hour", ms: HOUR_MS },
  "24h": { label: "Last 24 hours", ms: 24 * HOUR_MS },
  "7d": { label: "Last 7 days", ms: 7 * 24 * HOUR_MS },
  "30d": { label: "Last 30 days", ms: 30 * 24 * HOUR_MS },
};

/** Clauses for a span (`7d`) or days of the reader's zone (`2026-11-23`); the last day counts whole. */
export function submittedBetween(since: string, until: string): string[] {
  const span = SPANS[since];
  if (span) return [`created >= ${Math.floor((Date.now() - span.ms) / 60_000) * 60_000}`];
  const from = startOf(since, 0);
  const to = startOf(until, 1);
  return [...(from === null ? [] : [`created >= ${from}`]), ...(to === null ? [] : [`created < ${to}`])];
}

function startOf(day: string, later: number): number | null {
  const [year = NaN, month = NaN, date = NaN] = day.split("-").map(Number);
  const at = new Date(year, month - 1, date + later).getTime();
  return Number.isFinite(at) ? at : null;
}
