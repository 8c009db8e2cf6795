/** Charts over the runs that the table shows. */

import { Button } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons/svg/dismiss";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useNavigate } from "react-router";
import { paths } from "../../paths";
import { Card } from "../../ui/Bits";
import { Chart } from "../../ui/Chart";
import { Waiting } from "../../ui/States";
import { useDark } from "../../ui/theme";
import { useWhere } from "../workspaces/where";
import { fieldOf } from "./fields";
import { drawnRunsQuery } from "./lists";
import { optionOf } from "./plots";
import type { Run } from "./queries";
import css from "./table.module.css";
import { type ChartChoice, type View, changeView } from "./view";

export default function RunCharts({ view }: { view: View }) {
  const where = useWhere();
  const { data } = useQuery(drawnRunsQuery(where, view.choice));
  const remove = (at: number) => changeView(view.address, { charts: view.charts.filter((_, other) => other !== at) });
  return (
    <div className={css.charts}>
      {view.charts.map((chart, at) => (
        <div key={`${at} ${chart.kind} ${chart.fields.join(" ")}`} className={chart.kind === "lines" ? css.wide : undefined}>
          <Card title={titleOf(chart)} actions={<Remove chart={chart} onClick={() => remove(at)} />}>
            {data ? <RunsChart chart={chart} runs={data.items} height={210} /> : <Waiting />}
            {data?.next_cursor && <p className={css.note}>{`The first ${data.items.length.toLocaleString("en-US")} runs in the table's order.`}</p>}
          </Card>
        </div>
      ))}
    </div>
  );
}

function Remove({ chart, onClick }: { chart: ChartChoice; onClick: () => void }) {
  const label = `Remove the chart of ${titleOf(chart)}`;
  return <Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label={label} title="Remove" onClick={onClick} />;
}

interface Props {
  chart: ChartChoice;
  runs: Run[];
  height: number;
}

/** One chart; a run's bar, point or line leads to it. */
export function RunsChart({ chart, runs, height }: Props) {
  const where = useWhere();
  const navigate = useNavigate();
  const dark = useDark();
  const { kind, fields } = chart;
  const key = fields.join("\n");
  const plot = useMemo(() => optionOf(kind, key.split("\n").flatMap((id) => fieldOf(id) ?? []), runs, dark), [kind, key, runs, dark]);
  if (plot.runs.length === 0) return <p className={css.note}>No run has these values.</p>;
  const open = (at: number) => {
    const run = plot.runs[at];
    if (run) void navigate(paths.run(where, run.id));
  };
  return <Chart label={`Chart of ${titleOf(chart)}, ${plot.runs.length} runs`} option={plot.option} height={height} onClick={open} />;
}

function titleOf({ kind, fields }: ChartChoice): string {
  const titles = fields.map((id) => fieldOf(id)?.title ?? id);
  return kind === "points" ? titles.join(" against ") : titles.join(", ");
}
