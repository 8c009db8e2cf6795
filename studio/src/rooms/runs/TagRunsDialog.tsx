/** One tag for many runs: set it, or take it away. */

import { Field, Input, Radio, RadioGroup } from "@fluentui/react-components";
import { useState } from "react";
import { FormDialog } from "../../ui/Dialogs";
import { useWhere } from "../workspaces/where";
import { tagRuns } from "./lists";
import type { Run } from "./queries";

interface Props {
  runs: Run[];
  onClose: () => void;
}

export function TagRunsDialog({ runs, onClose }: Props) {
  const where = useWhere();
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [removing, setRemoving] = useState(false);
  const title = runs.length === 1 ? "Tag 1 run" : `Tag ${runs.length} runs`;
  const save = () => tagRuns(where, runs, { [name.trim()]: removing ? null : value });
  return (
    <FormDialog title={title} verb={removing ? "Remove the tag" : "Set the tag"} open onClose={onClose} onSubmit={save} disabled={name.trim() === ""}>
      <RadioGroup layout="horizontal" value={removing ? "remove" : "set"} onChange={(_, data) => setRemoving(data.value === "remove")}>
        <Radio value="set" label="Set a tag" />
        <Radio value="remove" label="Remove a tag" />
      </RadioGroup>
      <Field label="Tag">
        <Input value={name} onChange={(_, data) => setName(data.value)} list="tags-of-runs" autoFocus />
      </Field>
      <datalist id="tags-of-runs">
        {[...new Set(runs.flatMap(({ tags }) => Object.keys(tags)))].map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
      {!removing && (
        <Field label="Value">
          <Input value={value} onChange={(_, data) => setValue(data.value)} />
        </Field>
      )}
    </FormDialog>
  );
}
