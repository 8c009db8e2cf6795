/** Register a model from files on the reader's own machine. */

import { Field, Input, ProgressBar, Textarea } from "@fluentui/react-components";
import { type ChangeEvent, useState } from "react";
import { useNavigate } from "react-router";
import { paths } from "../../paths";
import { FormDialog } from "../../ui/Dialogs";
import { formatSize } from "../../ui/format";
import { uploadArtifact } from "../artifacts/queries";
import { useWhere } from "../workspaces/where";
import { ModelName, isModelName } from "./ModelName";
import { createModel } from "./queries";

const ORIGIN = "LocalUpload";

export default function UploadDialog({ onClose }: { onClose: () => void }) {
  const where = useWhere();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [framework, setFramework] = useState("");
  const [files, setFiles] = useState<File[]>([]);
  const [sent, setSent] = useState(0);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const register = async () => {
    const container = freshName();
    const [first] = files;
    // Several files become one model as a folder.
    const path = files.length === 1 && first ? first.name : "model";
    setSent(0);
    for (const [at, file] of files.entries()) {
      await uploadArtifact(where, ORIGIN, container, files.length === 1 ? path : `${path}/${file.name}`, file);
      setSent(at + 1);
    }
    const made = await createModel(where, { name, description, path, container, origin: ORIGIN, framework: framework || "Custom" });
    void navigate(paths.model(where, made.name, made.version));
  };
  const choose = (event: ChangeEvent<HTMLInputElement>) => setFiles([...(event.target.files ?? [])]);
  return (
    <FormDialog title="Register a model" verb="Register" open onClose={onClose} onSubmit={register} disabled={!isModelName(name) || files.length === 0}>
      <ModelName name={name} onChange={setName} />
      <Field label="Files" required hint={files.length > 0 ? `${files.length === 1 ? "1 file" : `${files.length} files`}, ${formatSize(total)}` : "Several files are kept as one folder."}>
        {(props) => <input {...props} type="file" multiple onChange={choose} />}
      </Field>
      <Field label="Framework">
        <Input value={framework} placeholder="Custom" onChange={(_, data) => setFramework(data.value)} />
      </Field>
      <Field label="Description">
        <Textarea value={description} onChange={(_, data) => setDescription(data.value)} />
      </Field>
      {sent > 0 && <ProgressBar value={sent} max={files.length} aria-label="Files sent" />}
    </FormDialog>
  );
}

// crypto.randomUUID is there on safe connections only.
function freshName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
