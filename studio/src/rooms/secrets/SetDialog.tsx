/** Set a secret: a new one, or a new version of one that is there. */

import { Field, Input, Textarea } from "@fluentui/react-components";
import { useState } from "react";
import type { Where } from "../../paths";
import { FormDialog } from "../../ui/Dialogs";
import { setSecret } from "./queries";

interface Props {
  where: Where;
  /** The secret that gets a version; empty for a new one. */
  of: string;
  onClose: () => void;
}

export function SetDialog({ where, of, onClose }: Props) {
  const [name, setName] = useState(of);
  const [value, setValue] = useState("");
  const [contentType, setContentType] = useState("");
  const good = /^[0-9A-Za-z-]{1,127}$/.test(name);
  return (
    <FormDialog
      title={of ? `New version of ${of}` : "Set a secret"}
      verb="Set"
      open
      onClose={onClose}
      onSubmit={() => setSecret(where, name, value, contentType)}
      disabled={!good || value === ""}
    >
      {!of && (
        <Field label="Name" required validationMessage={name && !good ? "1 to 127 letters, digits or '-'." : ""}>
          <Input value={name} onChange={(_, data) => setName(data.value)} autoFocus autoComplete="off" />
        </Field>
      )}
      <Field label="Value" required hint="It is sealed on the server, and shown only when somebody asks for it.">
        <Textarea value={value} onChange={(_, data) => setValue(data.value)} autoComplete="off" spellCheck={false} resize="vertical" />
      </Field>
      <Field label="Content type" hint="What the value is, for people.">
        <Input value={contentType} onChange={(_, data) => setContentType(data.value)} />
      </Field>
    </FormDialog>
  );
}
