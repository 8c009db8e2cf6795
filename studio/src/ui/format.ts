/** Values as people read them: numbers, sizes, durations, dates. English, in the reader's zone. */

const moment = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat("en-US", { dateStyle: "full", timeStyle: "long" });

/** `Nov 27, 2020, 6:07 PM`; a dash for nothing. */
export function formatTime(iso: string | number | null | undefined): string {
  return iso == null ? "--" : moment.format(new Date(iso));
}

/** The moment to the second with its zone, for a tooltip. */
export function formatExactTime(iso: string | number): string {
  return exact.format(new Date(iso));
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `62.19 KiB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(2)} ${UNITS[unit]}`;
}

/** `1m 54s`, `0.34s`, `2h 5m`, `3d 4h`. */
export function formatDuration(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 60) return s < 10 ? `${s.toFixed(2)}s` : `${s.toFixed(1)}s`;
  const whole = Math.round(s);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${whole % 60}s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
  return `${Math.floor(minutes / 1440)}d ${Math.floor((minutes % 1440) / 60)}h`;
}

/** Four significant places and no trailing zeros: `0.926`, `1,234`, `1.2e-7`. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en-US");
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e9) return value.toExponential(3).replace(/\.?0+e/, "e");
  const digits = size >= 1000 ? 2 : Math.min(8, 3 - Math.floor(Math.log10(size)));
  return value.toLocaleString("en-US", { maximumFractionDigits: Math.max(digits, 0) });
}

/** Any logged value. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return "--";
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}

/** The number that a cell stands for; JSON lacks NaN and the infinities, they travel as words. */
export function asNumber(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
  return null;
}
