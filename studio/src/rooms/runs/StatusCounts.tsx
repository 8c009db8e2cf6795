/** How many runs there are of each status; pressing one shows only those. */

import { RunStatusMark } from "./RunStatusMark";
import type { RunStatus } from "./queries";
import css from "./table.module.css";

export type StatusGroup = "Running" | "Completed" | "Failed" | "Canceled" | "Queued" | "Other";

/** The groups that readers tell apart; `look` lends its icon. */
export const STATUS_GROUPS: Record<StatusGroup, { look: RunStatus; statuses: RunStatus[] }> = {
  Running: { look: "Running", statuses: ["Running", "Finalizing", "CancelRequested"] },
  Completed: { look: "Completed", statuses: ["Completed"] },
  Failed: { look: "Failed", statuses: ["Failed", "NotResponding"] },
  Canceled: { look: "Canceled", statuses: ["Canceled"] },
  Queued: { look: "Queued", statuses: ["Queued", "NotStarted", "Preparing", "Provisioning", "Starting"] },
  Other: { look: "Paused", statuses: ["Paused"] },
};

interface Props {
  /** Runs by status, whatever statuses are chosen; undefined until it is known. */
  counts: Partial<Record<RunStatus, number>> | undefined;
  chosen: StatusGroup[];
  onChoose: (chosen: StatusGroup[]) => void;
}

export function StatusCounts({ counts, chosen, onChoose }: Props) {
  const groups = Object.entries(STATUS_GROUPS) as [StatusGroup, (typeof STATUS_GROUPS)[StatusGroup]][];
  return (
    <div className={css.counts} role="group" aria-label="Status">
      {groups.map(([group, { look, statuses }]) => {
        const pressed = chosen.includes(group);
        const count = counts && statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
        if (group === "Other" && count === 0 && !pressed) return null;
        return (
          <button
            key={group}
            type="button"
            aria-pressed={pressed}
            className={css.count}
            onClick={() => onChoose(pressed ? chosen.filter((other) => other !== group) : [...chosen, group])}
          >
            <RunStatusMark status={look}>{group}</RunStatusMark>
            <b>{count?.toLocaleString("en-US")}</b>
          </button>
        );
      })}
    </div>
  );
}
