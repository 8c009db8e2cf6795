/** Fetches what the next page needs while the reader looks at this one. */

import { useEffect } from "react";

const WAIT_MS = 200;

/** Run `load`, the same function at each drawing, once this page is there and the browser has nothing else to do. */
export function usePreload(load: () => Promise<unknown>): void {
  useEffect(() => {
    // Where it fails, the visit itself says so.
    const begin = () => void load().catch(() => undefined);
    if (!("requestIdleCallback" in window)) {
      const timer = setTimeout(begin, WAIT_MS);
      return () => clearTimeout(timer);
    }
    const idle = requestIdleCallback(begin);
    return () => cancelIdleCallback(idle);
  }, [load]);
}
