/** Create a compute instance: a name, a size, and when it rests. */

import { Field, Input, SearchBox } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { FormDialog } from "../../ui/Dialogs";
import { useWhere } from "../workspaces/where";
import { type Rest, RestFields } from "./Rest";
import { type Size, createInstance, nameQuery, sizesQuery } from "./queries";
import css from "./compute.module.css";

export default function CreateDialog({ onClose }: { onClose: () => void }) {
  const where = useWhere();
  const [name, setName] = useState("");
  const [size, setSize] = useState("STANDARD_D3_V2");
  const [rest, setRest] = useState<Rest>({ idle_minutes: null, schedule: null });
  const asked = useDeferredValue(name);
  const { data: problem = "" } = useQuery(nameQuery(where, asked));
  return (
    <FormDialog
      title="Create compute instance"
      verb="Create"
      wide
      open
      onClose={onClose}
      onSubmit={() => createInstance(where, name, { size, ...rest })}
      disabled={!name || problem !== ""}
    >
      <Field label="Compute name" required validationMessage={problem}>
        <Input value={name} onChange={(_, data) => setName(data.value)} autoFocus />
      </Field>
      <SizeTable value={size} onChange={setSize} />
      <RestFields rest={rest} onChange={setRest} />
    </FormDialog>
  );
}

function SizeTable({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const { data: sizes = [] } = useQuery(sizesQuery);
  const [search, setSearch] = useState("");
  const shown = sizes.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  return (
    <>
      <SearchBox placeholder="Search sizes" value={search} onChange={(_, data) => setSearch(data.value)} />
      <div className={css.sizes} tabIndex={0} role="region" aria-label="Virtual machine sizes">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" className={css.number}>
                Cores
              </th>
              <th scope="col" className={css.number}>
                RAM
              </th>
              <th scope="col" className={css.number}>
                GPUs
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((size) => (
              <SizeRow key={size.name} size={size} chosen={size.name.toUpperCase() === value.toUpperCase()} onChoose={() => onChange(size.name)} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function SizeRow({ size, chosen, onChoose }: { size: Size; chosen: boolean; onChoose: () => void }) {
  return (
    <tr>
      <td>
        <label>
          <input type="radio" name="size" checked={chosen} onChange={onChoose} />
          {size.name}
        </label>
      </td>
      <td className={css.number}>{size.cores}</td>
      <td className={css.number}>{size.memory_gib} GiB</td>
      <td className={css.number}>{size.gpus || "--"}</td>
    </tr>
  );
}
