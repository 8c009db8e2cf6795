/** Runs side by side: what differs is marked, curves of the same name are drawn over each other. */

import { Switch } from "@fluentui/react-components";
import { BranchCompareRegular } from "@fluentui/react-icons/svg/branch-compare";
import { useSuspenseQueries } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { paths } from "../../paths";
import { Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { useWhere } from "../workspaces/where";
import { OverlaidCharts } from "./OverlaidCharts";
import { type CompareRow, compareRows } from "./compare";
import { type Run, runQuery } from "./queries";
import css from "./runs.module.css";

const MOST = 20;

export function Component() {
  const where = useWhere();
  const [search] = useSearchParams();
  const ids = [...new Set((search.get("runs") ?? "").split(",").filter(Boolean))].slice(0, MOST);
  const runs = useSuspenseQueries({ queries: ids.map((id) => runQuery(where, id)) }).map(({ data }) => data);
  const experiments = [...new Set(runs.map(({ experiment }) => experiment))];
  const [only] = experiments;
  const crumbs = [
    { label: where.workspace, to: paths.studio(where) },
    { label: "Experiments", to: paths.experiments(where) },
    ...(experiments.length === 1 && only ? [{ label: only, to: paths.experiment(where, only) }] : []),
    { label: "Compare" },
  ];
  return (
    <Page crumbs={crumbs} title={`Compare ${runs.length} runs`} icon={<BranchCompareRegular />}>
      {runs.length === 0 ? <Empty title="No runs to compare">Select some in an experiment.</Empty> : <Comparison runs={runs} />}
    </Page>
  );
}

function Comparison({ runs }: { runs: Run[] }) {
  const [differing, setDiffering] = useState(false);
  const rows = useMemo(() => compareRows(runs), [runs]);
  const shown = rows.filter((row) => !differing || row.differs);
  const sections = [...new Set(shown.map(({ section }) => section))];
  return (
    <>
      <Switch label="Only what differs" checked={differing} onChange={(_, data) => setDiffering(data.checked)} />
      <div className={css.compare} tabIndex={0} role="region" aria-label="Comparison">
        <table>
          <Head runs={runs} />
          {sections.map((section) => (
            <Section key={section} title={section} rows={shown.filter((row) => row.section === section)} columns={runs.length} />
          ))}
        </table>
      </div>
      <OverlaidCharts runs={runs} />
    </>
  );
}

function Head({ runs }: { runs: Run[] }) {
  const where = useWhere();
  return (
    <thead>
      <tr>
        <th scope="col">Run</th>
        {runs.map((run) => (
          <th key={run.id} scope="col">
            <Link to={paths.run(where, run.id)}>{run.display_name}</Link>
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Section({ title, rows, columns }: { title: string; rows: CompareRow[]; columns: number }) {
  return (
    <tbody>
      <tr className={css.compareSection}>
        <th scope="rowgroup" colSpan={columns + 1}>
          {title}
        </th>
      </tr>
      {rows.map(({ name, cells, differs }) => (
        <tr key={name} className={differs ? css.differs : undefined}>
          <th scope="row">{name}</th>
          {cells.map((cell, at) => (
            <td key={at}>{cell}</td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}
