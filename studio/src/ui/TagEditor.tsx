/** Tags as rows of name and value, to be edited in a dialog. */

import { Button, Input } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { DismissRegular } from "@fluentui/react-icons/svg/dismiss";
import { useState } from "react";
import css from "./Bits.module.css";
import { FormDialog } from "./Dialogs";

interface Props {
  tags: Record<string, string>;
  open: boolean;
  onClose: () => void;
  onSave: (tags: Record<string, string>) => Promise<unknown>;
}

export function TagDialog({ tags, open, onClose, onSave }: Props) {
  return open ? <Form tags={tags} open onClose={onClose} onSave={onSave} /> : null;
}

function Form({ tags, onClose, onSave }: Props) {
  const [rows, setRows] = useState<[string, string][]>(() => [...Object.entries(tags), ["", ""]]);
  const set = (at: number, pair: [string, string]) => setRows(rows.map((row, index) => (index === at ? pair : row)));
  const save = () => onSave(Object.fromEntries(rows.filter(([name]) => name.trim()).map(([name, value]) => [name.trim(), value])));
  return (
    <FormDialog title="Edit tags" verb="Save" open onClose={onClose} onSubmit={save}>
      <div className={css.pairs}>
        {rows.map(([name, value], at) => (
          <div key={at} className={css.pair}>
            <Input value={name} placeholder="Name" aria-label={`Tag ${at + 1} name`} onChange={(_, data) => set(at, [data.value, value])} />
            <Input value={value} placeholder="Value" aria-label={`Tag ${at + 1} value`} onChange={(_, data) => set(at, [name, data.value])} />
            <Button
              appearance="subtle"
              icon={<DismissRegular />}
              aria-label={`Remove tag ${at + 1}`}
              onClick={() => setRows(rows.filter((_, index) => index !== at))}
            />
          </div>
        ))}
        <Button appearance="subtle" icon={<AddRegular />} onClick={() => setRows([...rows, ["", ""]])}>
          Add a tag
        </Button>
      </div>
    </FormDialog>
  );
}
