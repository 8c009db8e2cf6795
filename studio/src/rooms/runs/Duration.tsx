/** How long a run took, or has taken so far, ticking. */

import { useEffect, useState } from "react";
import { formatDuration } from "../../ui/format";
import { type Run, hasEnded } from "./queries";

export function Duration({ run }: { run: Run }) {
  const going = run.started_at != null && !hasEnded(run);
  const now = useNow(going);
  if (!run.started_at) return <>--</>;
  const end = run.ended_at ? Date.parse(run.ended_at) : now;
  const ms = end - Date.parse(run.started_at);
  return <>{formatDuration(going ? Math.max(1000, Math.floor(ms / 1000) * 1000) : ms)}</>;
}

function useNow(ticking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
