/** Whether the server answers: lost with the first request that finds nobody, found again by asking now and then. */

import { useSyncExternalStore } from "react";

const ASK_EVERY_MS = 1500;

let away = false;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
const returns = new Set<() => void>();

function set(value: boolean): void {
  if (value === away) return;
  away = value;
  for (const tell of listeners) tell();
  if (!value) for (const tell of returns) tell();
}

async function ask(): Promise<void> {
  try {
    const reply = await fetch("/api/v1/about", { cache: "no-store" });
    if (reply.ok) return set(false);
  } catch {
    // Nobody there yet: that is what the next round is for.
  }
  timer = setTimeout(() => void ask(), ASK_EVERY_MS);
}

/** A request found nobody. */
export function lost(): void {
  if (away) return;
  set(true);
  clearTimeout(timer);
  timer = setTimeout(() => void ask(), ASK_EVERY_MS);
}

/** Call `tell` each time that the server is back; returns how to stop that. */
export function onReturn(tell: () => void): () => void {
  returns.add(tell);
  return () => returns.delete(tell);
}

/** Whether the server is away. */
export function useAway(): boolean {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => away,
  );
}
