/** A text that is edited where it stands: pencil, field, Enter or Escape. */

import { Button, Input, Textarea, Tooltip } from "@fluentui/react-components";
import { CheckmarkRegular } from "@fluentui/react-icons/svg/checkmark";
import { DismissRegular } from "@fluentui/react-icons/svg/dismiss";
import { EditRegular } from "@fluentui/react-icons/svg/edit";
import { type KeyboardEvent, useState } from "react";
import css from "./Bits.module.css";

interface Props {
  text: string;
  /** What the text is, for the button's name: «Edit description». */
  noun: string;
  onSave: (text: string) => Promise<unknown>;
  multiline?: boolean;
  placeholder?: string;
}

export function Editable({ text, noun, onSave, multiline, placeholder }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  if (draft === null) {
    return (
      <span className={css.edit}>
        {text || <span className={css.note}>{placeholder}</span>}
        <Tooltip content={`Edit ${noun}`} relationship="label">
          <Button appearance="subtle" size="small" icon={<EditRegular />} onClick={() => setDraft(text)} />
        </Tooltip>
      </span>
    );
  }
  const save = async () => {
    await onSave(draft);
    setDraft(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") setDraft(null);
    if (event.key === "Enter" && (!multiline || event.ctrlKey)) void save();
  };
  const field = { value: draft, onKeyDown, autoFocus: true, "aria-label": noun };
  return (
    <span className={css.edit}>
      {multiline ? (
        <Textarea {...field} onChange={(_, data) => setDraft(data.value)} resize="vertical" />
      ) : (
        <Input {...field} onChange={(_, data) => setDraft(data.value)} />
      )}
      <Button appearance="subtle" icon={<CheckmarkRegular />} aria-label={`Save ${noun}`} onClick={() => void save()} />
      <Button appearance="subtle" icon={<DismissRegular />} aria-label="Cancel" onClick={() => setDraft(null)} />
    </span>
  );
}
