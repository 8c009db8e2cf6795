/** The field for a model's name. */

import { Field, Input } from "@fluentui/react-components";

export function isModelName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(text);
}

export function ModelName({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  return (
    <Field
      label="Name"
      required
      validationMessage={name && !isModelName(name) ? "Letters, digits, '-', '_' and '.', beginning with a letter or digit." : ""}
      hint="A name that is taken gets its next version."
    >
      <Input value={name} onChange={(_, data) => onChange(data.value)} autoFocus />
    </Field>
  );
}
