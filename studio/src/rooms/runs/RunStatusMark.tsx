/** A run's status as an icon and a word. */

import { CheckmarkCircleFilled } from "@fluentui/react-icons/svg/checkmark-circle";
import { CircleRegular } from "@fluentui/react-icons/svg/circle";
import { ClockFilled } from "@fluentui/react-icons/svg/clock";
import { DismissCircleFilled } from "@fluentui/react-icons/svg/dismiss-circle";
import { PlayCircleFilled } from "@fluentui/react-icons/svg/play-circle";
import type { ReactNode } from "react";
import { Status, type Tone } from "../../ui/Bits";
import type { RunStatus } from "./queries";

const looks: Partial<Record<RunStatus, [ReactNode, Tone]>> = {
  Completed: [<CheckmarkCircleFilled key="i" />, "good"],
  Failed: [<DismissCircleFilled key="i" />, "bad"],
  NotResponding: [<DismissCircleFilled key="i" />, "bad"],
  Canceled: [<DismissCircleFilled key="i" />, "calm"],
  Running: [<PlayCircleFilled key="i" />, "busy"],
  Finalizing: [<PlayCircleFilled key="i" />, "busy"],
  Starting: [<ClockFilled key="i" />, "busy"],
  Queued: [<ClockFilled key="i" />, "busy"],
  Preparing: [<ClockFilled key="i" />, "busy"],
};

/** `Not started` for `NotStarted`. */
export function statusWords(status: RunStatus): string {
  const words = status.replace(/([a-z])([A-Z])/g, "$1 $2");
  return words.charAt(0) + words.slice(1).toLowerCase();
}

/** `children` stand in for the status's own words. */
export function RunStatusMark({ status, children }: { status: RunStatus; children?: ReactNode }) {
  const [icon, tone] = looks[status] ?? [<CircleRegular key="i" />, "calm"];
  return (
    <Status icon={icon} tone={tone} live={status === "Running"}>
      {children ?? statusWords(status)}
    </Status>
  );
}
