/** A new chart over the runs of the table: bars, points, or lines over several fields. */

import { Checkbox, Field, Radio, RadioGroup, Select } from "@fluentui/react-components";
import { useState } from "react";
import { FormDialog } from "../../ui/Dialogs";
import { type Field as RunField, numericFields } from "./fields";
import type { Run } from "./queries";
import css from "./table.module.css";
import { type ChartChoice, type View, changeView } from "./view";

type Kind = ChartChoice["kind"];

interface Props {
  rows: Run[];
  view: View;
  onClose: () => void;
}

export function AddChartDialog({ rows, view, onClose }: Props) {
  const fields = numericFields(rows);
  const metrics = fields.filter(({ group }) => group === "Metrics");
  const others = fields.filter(({ group }) => group === "Parameters");
  const [kind, setKind] = useState<Kind>("bars");
  const [down, setDown] = useState(metrics[0]?.id ?? "duration");
  const [across, setAcross] = useState((others[0] ?? metrics[1])?.id ?? "created_at");
  const [lines, setLines] = useState<string[]>([...others, ...metrics].slice(0, 6).map(({ id }) => id));
  const chosen: Record<Kind, string[]> = { bars: [down], points: [down, across], lines };
  const add = async () => changeView(view.address, { charts: [...view.charts, { kind, fields: chosen[kind] }] });
  return (
    <FormDialog title="Add chart" verb="Add" open onClose={onClose} onSubmit={add} disabled={kind === "lines" && lines.length < 2}>
      <RadioGroup layout="horizontal" value={kind} onChange={(_, data) => setKind(data.value as Kind)}>
        <Radio value="bars" label="Bars" />
        <Radio value="points" label="Scatter" />
        <Radio value="lines" label="Parallel coordinates" />
      </RadioGroup>
      {kind !== "lines" && <FieldSelect label={kind === "bars" ? "Value" : "Vertical axis"} fields={fields} value={down} onChange={setDown} />}
      {kind === "points" && <FieldSelect label="Horizontal axis" fields={fields} value={across} onChange={setAcross} />}
      {kind === "lines" && <FieldChecks fields={fields} chosen={lines} onChange={setLines} />}
    </FormDialog>
  );
}

interface SelectProps {
  label: string;
  fields: RunField[];
  value: string;
  onChange: (id: string) => void;
}

export function FieldSelect({ label, fields, value, onChange }: SelectProps) {
  const groups = [...new Set(fields.map(({ group }) => group))];
  return (
    <Field label={label}>
      <Select value={value} onChange={(_, data) => onChange(data.value)}>
        {groups.map((group) => (
          <optgroup key={group} label={group}>
            {fields
              .filter((field) => field.group === group)
              .map(({ id, title }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
          </optgroup>
        ))}
      </Select>
    </Field>
  );
}

interface ChecksProps {
  fields: RunField[];
  chosen: string[];
  onChange: (ids: string[]) => void;
}

function FieldChecks({ fields, chosen, onChange }: ChecksProps) {
  const turn = (id: string, on: boolean) => onChange(on ? [...chosen, id] : chosen.filter((other) => other !== id));
  return (
    <Field label="Axes, in the order in which they are ticked">
      <div className={css.checks} role="group" aria-label="Axes">
        {fields.map(({ id, title }) => (
          <Checkbox key={id} label={title} checked={chosen.includes(id)} onChange={(_, { checked }) => turn(id, checked === true)} />
        ))}
      </div>
    </Field>
  );
}
