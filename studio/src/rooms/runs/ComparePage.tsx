/** Runs side by side: what differs is marked, curves of the same name are drawn over each other. */

import { Button, Switch } from "@fluentui/react-components";
import { BranchCompareRegular } from "@fluentui/react-icons/svg/branch-compare";
import { DismissRegular } from "@fluentui/react-icons/svg/dismiss";
import { useSuspenseQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "react-router";
import { paths } from "../../paths";
import { Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { type Address, useAddress } from "../../ui/useAddress";
import { useWhere } from "../workspaces/where";
import { CompareLines } from "./CompareLines";
import { OverlaidCharts } from "./OverlaidCharts";
import { RunStatusMark } from "./RunStatusMark";
import { type CompareRow, compareRows } from "./compare";
import { type Run, runQuery } from "./queries";
import css from "./runs.module.css";

const MOST = 20;

export function Component() {
  const where = useWhere();
  const address = useAddress();
  const asked = [...new Set(address.get("runs").split(",").filter(Boolean))];
  const ids = asked.slice(0, MOST);
  const runs = useSuspenseQueries({ queries: ids.map((id) => runQuery(where, id)) }).map(({ data }) => data);
  const experiments = [...new Set(runs.map(({ experiment }) => experiment))];
  const [only] = experiments;
  const crumbs = [
    { label: where.workspace, to: paths.studio(where) },
    { label: "Experiments", to: paths.experiments(where) },
    ...(experiments.length === 1 && only ? [{ label: only, to: paths.experiment(where, only) }] : []),
    { label: "Compare" },
  ];
  const title = runs.length === 1 ? "Compare 1 run" : `Compare ${runs.length} runs`;
  const left = asked.length > MOST ? `The first ${MOST} of the ${asked.length} that were selected.` : undefined;
  return (
    <Page crumbs={crumbs} title={title} subtitle={left} icon={<BranchCompareRegular />}>
      {runs.length === 0 ? (
        <Empty title="No runs to compare">Select some in an experiment.</Empty>
      ) : (
        <Comparison runs={runs} address={address} />
      )}
    </Page>
  );
}

function Comparison({ runs, address }: { runs: Run[]; address: Address }) {
  const differing = address.get("differing") === "1";
  const rows = useMemo(() => compareRows(runs), [runs]);
  const shown = rows.filter((row) => !differing || row.differs);
  const sections = [...new Set(shown.map(({ section }) => section))];
  const remove = (id: string) => address.set({ runs: runs.flatMap((run) => (run.id === id ? [] : [run.id])).join(",") });
  return (
    <>
      <Switch label="Only what differs" checked={differing} onChange={(_, { checked }) => address.set({ differing: checked ? "1" : "" })} />
      <div className={css.compare} tabIndex={0} role="region" aria-label="Comparison">
        <table>
          <Head runs={runs} onRemove={remove} />
          {sections.map((section) => (
            <Section key={section} title={section} rows={shown.filter((row) => row.section === section)} columns={runs.length} />
          ))}
        </table>
      </div>
      <CompareLines runs={runs} address={address} />
      <OverlaidCharts runs={runs} />
    </>
  );
}

function Head({ runs, onRemove }: { runs: Run[]; onRemove: (id: string) => void }) {
  const where = useWhere();
  return (
    <thead>
      <tr>
        <th scope="col">Run</th>
        {runs.map((run) => (
          <th key={run.id} scope="col">
            <span className={css.compareHead}>
              <Link to={paths.run(where, run.id)}>{run.display_name}</Link>
              <Button
                size="small"
                appearance="subtle"
                icon={<DismissRegular />}
                aria-label={`Leave out ${run.display_name}`}
                title="Leave out"
                onClick={() => onRemove(run.id)}
              />
            </span>
            <RunStatusMark status={run.status} />
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
          <th scope="row">
            {name}
            {differs && <span className="visually-hidden"> (differs)</span>}
          </th>
          {cells.map((cell, at) => (
            <td key={at}>{cell}</td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}
