/** What can be done at a place of the storage account: with containers at its top, with files below. */

import { Field, Input } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { ArrowUploadRegular } from "@fluentui/react-icons/svg/arrow-upload";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { type ChangeEvent, useRef, useState } from "react";
import { sentence } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Where } from "../../paths";
import { Alert } from "../../ui/Bits";
import { ConfirmDialog, FormDialog } from "../../ui/Dialogs";
import { Command } from "../../ui/Page";
import { type Entry, pathsBelow } from "./entries";
import { type Place, createContainer, deleteContainer, deleteFile, uploadFile } from "./places";
import { zipUrl } from "./queries";

function Refresh() {
  return (
    <Command icon={<ArrowClockwiseRegular />} onClick={() => void queryClient.invalidateQueries({ queryKey: ["artifacts"] })}>
      Refresh
    </Command>
  );
}

interface ContainerProps {
  where: Where;
  chosen: Entry[];
  onDone: () => void;
}

export function ContainerCommands({ where, chosen, onDone }: ContainerProps) {
  const [asking, setAsking] = useState<"create" | "delete" | null>(null);
  const name = chosen.length === 1 ? (chosen[0]?.name ?? "") : "";
  const close = () => setAsking(null);
  const remove = async () => {
    await deleteContainer(where, name);
    onDone();
  };
  return (
    <>
      <Command icon={<AddRegular />} onClick={() => setAsking("create")}>
        Container
      </Command>
      <Refresh />
      <Command icon={<DeleteRegular />} disabled={!name} onClick={() => setAsking("delete")}>
        Delete
      </Command>
      {asking === "create" && <NewContainer where={where} onClose={close} />}
      {asking === "delete" && (
        <ConfirmDialog title={`Delete the container ${name}?`} open onClose={close} onConfirm={remove} typed={name}>
          All blobs in it go with it. This cannot be undone.
        </ConfirmDialog>
      )}
    </>
  );
}

const CONTAINER_NAME = /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/;

function NewContainer({ where, onClose }: { where: Where; onClose: () => void }) {
  const [name, setName] = useState("");
  const wrong = name !== "" && !CONTAINER_NAME.test(name);
  return (
    <FormDialog title="New container" verb="Create" open onClose={onClose} onSubmit={() => createContainer(where, name)} disabled={!name || wrong}>
      <Field
        label="Name"
        hint="3 to 63 lower-case letters, digits and single hyphens between them"
        validationState={wrong ? "error" : "none"}
        validationMessage={wrong ? "A container cannot have this name." : undefined}
      >
        <Input value={name} autoFocus onChange={(_, data) => setName(data.value)} />
      </Field>
    </FormDialog>
  );
}

interface FileProps {
  where: Where;
  place: Place | null;
  entries: Entry[];
  chosen: Entry[];
  onDone: () => void;
}

export function FileCommands({ where, place, entries, chosen, onDone }: FileProps) {
  const picker = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState("");
  const [deleting, setDeleting] = useState(false);
  const [replacing, setReplacing] = useState<File[]>([]);
  const store = async (files: File[]) => {
    if (!place) return;
    for (const file of files) await uploadFile(where, place, place.folder ? `${place.folder}/${file.name}` : file.name, file);
  };
  const pick = async (event: ChangeEvent<HTMLInputElement>) => {
    const files = [...(event.target.files ?? [])];
    event.target.value = "";
    setProblem("");
    const taken = files.some((file) => entries.some(({ name, folder }) => !folder && name === file.name));
    if (taken) return setReplacing(files);
    await store(files).catch((error: unknown) => setProblem(sentence(error)));
  };
  const remove = async () => {
    if (!place) return;
    for (const path of await pathsBelow(where, place, chosen)) await deleteFile(where, place, path);
    onDone();
  };
  const zip = place?.origin && zipUrl(where, place.container, place.folder, place.origin);
  const [first] = chosen;
  return (
    <>
      <input ref={picker} type="file" multiple hidden aria-label="Files to upload" onChange={(event) => void pick(event)} />
      <Command icon={<ArrowUploadRegular />} disabled={!place} onClick={() => picker.current?.click()}>
        Upload
      </Command>
      <Refresh />
      {zip && (
        <Command icon={<ArrowDownloadRegular />} onClick={() => location.assign(zip)}>
          Download as zip
        </Command>
      )}
      <Command icon={<DeleteRegular />} disabled={!place || !first} onClick={() => setDeleting(true)}>
        Delete
      </Command>
      {problem && <Alert>{problem}</Alert>}
      <ConfirmDialog title={chosen.length === 1 ? `Delete ${first?.name}?` : `Delete ${chosen.length} items?`} open={deleting} onClose={() => setDeleting(false)} onConfirm={remove}>
        {chosen.some(({ folder }) => folder) && "All files below a folder go with it. "}
        {place?.origin && "Runs and models that point to them lose them. "}
        This cannot be undone.
      </ConfirmDialog>
      <ConfirmDialog
        title="Replace what is there?"
        verb="Replace"
        open={replacing.length > 0}
        onClose={() => setReplacing([])}
        onConfirm={() => store(replacing)}
      >
        A file of the same name lies here already; its contents are lost.
      </ConfirmDialog>
    </>
  );
}
