/** Parallel coordinates of the compared runs: how parameters lead to metrics. */

import { Button } from "@fluentui/react-components";
import { useMemo, useState } from "react";
import { Card } from "../../ui/Bits";
import { ColumnDialog } from "../../ui/ColumnDialog";
import { type Address, joinWords, splitWords } from "../../ui/useAddress";
import { RunsChart } from "./RunCharts";
import { tellingFields } from "./compare";
import { fieldOf, numericFields } from "./fields";
import type { Run } from "./queries";
import css from "./runs.module.css";

export function CompareLines({ runs, address }: { runs: Run[]; address: Address }) {
  const [editing, setEditing] = useState(false);
  const usual = useMemo(() => tellingFields(runs), [runs]);
  const axes = address.get("axes") ? splitWords(address.get("axes")) : usual;
  if (runs.length < 2 || (axes.length < 2 && numericFields(runs).length < 2)) return null;
  const save = (ids: string[]) => address.set({ axes: joinWords(ids) });
  const edit = (
    <Button size="small" appearance="subtle" onClick={() => setEditing(true)}>
      Edit axes
    </Button>
  );
  return (
    <div className={css.compareLines}>
      <Card title="Parallel coordinates" actions={edit}>
        {axes.length > 1 ? <RunsChart chart={{ kind: "lines", fields: axes }} runs={runs} height={280} /> : "Choose two axes or more."}
      </Card>
      {editing && (
        <ColumnDialog
          noun="axes"
          columns={numericFields(runs)}
          chosen={axes.flatMap((id) => fieldOf(id) ?? [])}
          onClose={() => setEditing(false)}
          onSave={save}
          onReset={() => save([])}
        />
      )}
    </div>
  );
}
