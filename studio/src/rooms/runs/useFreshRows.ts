/** Keeps the rows of a long list fresh that the reader has before the eyes. */

import { useCallback, useEffect, useRef } from "react";
import { useWhere } from "../workspaces/where";
import { FRESH_MS, type RunChoice, refreshRows } from "./lists";

/** Hand the result to the table as `onDrawn`. */
export function useFreshRows(choice: RunChoice): (first: number, last: number) => void {
  const where = useWhere();
  const drawn = useRef<[number, number]>([0, 0]);
  const latest = useRef(choice);
  latest.current = choice;
  useEffect(() => {
    const timer = setInterval(() => {
      // What cannot be read now is read the next time; the frame says when the server is away.
      if (!document.hidden) refreshRows(where, latest.current, ...drawn.current).catch(() => undefined);
    }, FRESH_MS);
    return () => clearInterval(timer);
  }, [where]);
  return useCallback((first, last) => {
    drawn.current = [first, last];
  }, []);
}
