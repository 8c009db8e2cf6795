/** How curves are drawn, as the address says it: a link shows them the same. */

import { useEffect, useMemo, useState } from "react";
import { useAddress } from "../../ui/useAddress";
import { type Axis, type Drawing, axisLabels } from "./series";

const SETTLED_MS = 200;
const SMOOTHEST = 0.99;

export function useDrawing(): [Drawing, (drawing: Drawing) => void] {
  const { get, set } = useAddress();
  const smoothed = Math.min(Math.max(Number(get("smoothing")) || 0, 0), SMOOTHEST);
  // Browsers let an address change only so often: it hears of the slider when that rests.
  const [sliding, setSliding] = useState<number | null>(null);
  useEffect(() => {
    if (sliding === null) return;
    const timer = setTimeout(() => {
      set({ smoothing: sliding > 0 ? String(sliding) : "" });
      setSliding(null);
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [sliding, set]);
  const axis: Axis = get("axis") in axisLabels ? (get("axis") as Axis) : "step";
  const log = get("log") === "1";
  const smoothing = sliding ?? smoothed;
  const drawing = useMemo(() => ({ axis, log, smoothing }), [axis, log, smoothing]);
  const change = (next: Drawing) => {
    if (next.smoothing !== smoothing) setSliding(next.smoothing);
    else set({ axis: next.axis === "step" ? "" : next.axis, log: next.log ? "1" : "" });
  };
  return [drawing, change];
}
