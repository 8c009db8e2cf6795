/** An instance's state as an icon and a word. */

import { ArrowSyncCircleFilled } from "@fluentui/react-icons/svg/arrow-sync-circle";
import { DismissCircleFilled } from "@fluentui/react-icons/svg/dismiss-circle";
import { PlayCircleFilled } from "@fluentui/react-icons/svg/play-circle";
import { RecordStopFilled } from "@fluentui/react-icons/svg/record-stop";
import { Status } from "../../ui/Bits";
import type { Instance } from "./queries";

export function StateMark({ state }: { state: Instance["state"] }) {
  if (state === "Running") return <Status icon={<PlayCircleFilled />} tone="good">Running</Status>;
  if (state === "Stopped") return <Status icon={<RecordStopFilled />} tone="calm">Stopped</Status>;
  if (state === "Failed") return <Status icon={<DismissCircleFilled />} tone="bad">Failed</Status>;
  return (
    <Status icon={<ArrowSyncCircleFilled />} tone="busy" live>
      {state}
    </Status>
  );
}
