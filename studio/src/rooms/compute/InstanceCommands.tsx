/** Start, stop, restart, delete. */

import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { ArrowCounterclockwiseRegular } from "@fluentui/react-icons/svg/arrow-counterclockwise";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { PlayCircleRegular } from "@fluentui/react-icons/svg/play-circle";
import { RecordStopRegular } from "@fluentui/react-icons/svg/record-stop";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { sentence } from "../../api/client";
import { queryClient } from "../../api/queries";
import { ConfirmDialog } from "../../ui/Dialogs";
import { Command } from "../../ui/Page";
import { useWhere } from "../workspaces/where";
import { type Instance, type Verb, changeInstance, deleteInstance } from "./queries";

export function InstanceCommands({ instances, onDeleted }: { instances: Instance[]; onDeleted?: () => void }) {
  const where = useWhere();
  const [deleting, setDeleting] = useState(false);
  const change = useMutation({
    mutationFn: (verb: Verb) => Promise.all(instances.map(({ name }) => changeInstance(where, name, verb))),
  });
  const remove = async () => {
    await Promise.all(instances.map(({ name }) => deleteInstance(where, name)));
    onDeleted?.();
  };
  const some = instances.length > 0;
  const all = (...states: Instance["state"][]) => some && instances.every(({ state }) => states.includes(state));
  const [first] = instances;
  return (
    <>
      <Command icon={<ArrowClockwiseRegular />} onClick={() => void queryClient.invalidateQueries()}>
        Refresh
      </Command>
      <Command icon={<PlayCircleRegular />} disabled={!all("Stopped", "Failed")} onClick={() => change.mutate("start")}>
        Start
      </Command>
      <Command icon={<RecordStopRegular />} disabled={!all("Running")} onClick={() => change.mutate("stop")}>
        Stop
      </Command>
      <Command icon={<ArrowCounterclockwiseRegular />} disabled={!all("Running")} onClick={() => change.mutate("restart")}>
        Restart
      </Command>
      <Command icon={<DeleteRegular />} disabled={!some} onClick={() => setDeleting(true)}>
        Delete
      </Command>
      {change.error && <span role="alert">{sentence(change.error)}</span>}
      <ConfirmDialog
        title={instances.length === 1 ? `Delete ${first?.name}?` : `Delete ${instances.length} compute instances?`}
        open={deleting}
        onClose={() => setDeleting(false)}
        onConfirm={remove}
        typed={instances.length === 1 ? first?.name : undefined}
      >
        All files on it are deleted, notebooks too. This cannot be undone.
      </ConfirmDialog>
    </>
  );
}
