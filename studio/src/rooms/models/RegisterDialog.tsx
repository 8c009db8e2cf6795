/** Register a model from a file or folder of a run. */

import { Field, Select, Textarea } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { paths } from "../../paths";
import { FormDialog } from "../../ui/Dialogs";
import { artifactsQuery } from "../artifacts/queries";
import { useWhere } from "../workspaces/where";
import { ModelName, isModelName } from "./ModelName";
import { createModel } from "./queries";

interface Props {
  container: string;
  runId: string;
  /** The file that is registered unless the reader chooses. */
  path?: string;
  onClose: () => void;
}

export default function RegisterDialog({ container, runId, path: given = "", onClose }: Props) {
  const where = useWhere();
  const navigate = useNavigate();
  const { data: artifacts = [] } = useQuery(artifactsQuery(where, "ExperimentRun", container));
  const places = placesOf(artifacts.map(({ path }) => path));
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState(given);
  const [description, setDescription] = useState("");
  const path = chosen || (places.find((place) => /\.(pkl|joblib|onnx|pt|h5|zip)$/.test(place)) ?? places[0] ?? "");
  const register = async () => {
    const made = await createModel(where, { name, path, description, container, origin: "ExperimentRun", run_id: runId });
    void navigate(paths.model(where, made.name, made.version));
  };
  return (
    <FormDialog title="Register a model" verb="Register" open onClose={onClose} onSubmit={register} disabled={!isModelName(name) || path === ""}>
      <ModelName name={name} onChange={setName} />
      <Field label="File or folder" required validationMessage={places.length === 0 ? "This run has no files." : ""}>
        <Select value={path} onChange={(_, data) => setChosen(data.value)}>
          {places.map((place) => (
            <option key={place}>{place}</option>
          ))}
        </Select>
      </Field>
      <Field label="Description">
        <Textarea value={description} onChange={(_, data) => setDescription(data.value)} />
      </Field>
    </FormDialog>
  );
}

/** Every file and every folder above one. */
function placesOf(files: string[]): string[] {
  const places = new Set(files);
  for (const file of files) {
    for (let at = file.indexOf("/"); at > 0; at = file.indexOf("/", at + 1)) places.add(file.slice(0, at));
  }
  return [...places].sort();
}
