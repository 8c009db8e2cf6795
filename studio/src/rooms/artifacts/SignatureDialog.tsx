/** Asks what a shared access signature is to open, and says what that means before it is made. */

import { Checkbox, Field, Input, Select } from "@fluentui/react-components";
import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Where } from "../../paths";
import { FormDialog } from "../../ui/Dialogs";
import { formatTime } from "../../ui/format";
import { createSas } from "./account";
import css from "./artifacts.module.css";
import { entriesQuery } from "./entries";

/** Azure's letters, in the order that it wants them. */
const RIGHTS = [
  ["r", "Read"],
  ["c", "Create"],
  ["w", "Write"],
  ["d", "Delete"],
  ["l", "List"],
] as const;
const HOUR_MS = 3_600_000;

interface Props {
  where: Where;
  onClose: () => void;
  /** Told the address with the signature; it cannot be told again. */
  onMade: (url: string) => void;
}

export function SignatureDialog({ where, onClose, onMade }: Props) {
  const { data: containers } = useSuspenseInfiniteQuery(entriesQuery(where, ""));
  const [container, setContainer] = useState("");
  const [blob, setBlob] = useState("");
  const [rights, setRights] = useState("r");
  const [hours, setHours] = useState("1");
  const turn = (letter: string) => setRights(RIGHTS.flatMap(([each]) => (rights.includes(each) !== (each === letter) ? [each] : [])).join(""));
  const ready = rights !== "" && Number(hours) > 0;
  const make = async () => onMade(await createSas(where, container, container && blob, rights, Number(hours)));
  const opened = container ? (blob ? `the blob ${blob}` : `the container ${container}`) : "the whole storage account";
  return (
    <FormDialog title="Make a shared access signature" verb="Make" open onClose={onClose} onSubmit={make} disabled={!ready}>
      <Field label="Container">
        <Select value={container} onChange={(_, data) => setContainer(data.value)}>
          <option value="">The whole account</option>
          {containers.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </Select>
      </Field>
      <Field label="Blob" hint="Empty is the whole container.">
        <Input value={blob} disabled={!container} onChange={(_, data) => setBlob(data.value)} />
      </Field>
      <fieldset className={css.rights}>
        <legend>Rights</legend>
        {RIGHTS.map(([letter, word]) => (
          <Checkbox key={letter} label={word} checked={rights.includes(letter)} onChange={() => turn(letter)} />
        ))}
      </fieldset>
      <Field label="Hours" hint="How long it holds.">
        <Input type="number" min={1} value={hours} onChange={(_, data) => setHours(data.value)} />
      </Field>
      {ready && (
        <p className={css.note}>
          Whoever has the address can use these rights on {opened} until {formatTime(Date.now() + Number(hours) * HOUR_MS)}, without signing
          in. Only rotating key1 ends it sooner.
        </p>
      )}
    </FormDialog>
  );
}
