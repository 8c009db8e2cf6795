/** Changes when an instance rests. */

import { useState } from "react";
import { FormDialog } from "../../ui/Dialogs";
import { useWhere } from "../workspaces/where";
import { RestFields } from "./Rest";
import { type Instance, updateInstance } from "./queries";

export default function RestDialog({ instance, onClose }: { instance: Instance; onClose: () => void }) {
  const where = useWhere();
  const [rest, setRest] = useState({ idle_minutes: instance.idle_minutes ?? null, schedule: instance.schedule ?? null });
  return (
    <FormDialog title={`When ${instance.name} rests`} verb="Save" open onClose={onClose} onSubmit={() => updateInstance(where, instance.name, rest)}>
      <RestFields rest={rest} onChange={setRest} />
    </FormDialog>
  );
}
