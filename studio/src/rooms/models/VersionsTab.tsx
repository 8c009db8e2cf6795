/** The versions of a model side by side, with the metrics and parameters of the runs that made them. */

import { Switch } from "@fluentui/react-components";
import { useQueries, useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { paths } from "../../paths";
import { Tags, Time } from "../../ui/Bits";
import { formatSize, formatValue } from "../../ui/format";
import { type Run, runQuery } from "../runs/queries";
import { useWhere } from "../workspaces/where";
import { type Model, modelsQuery } from "./queries";
import css from "./models.module.css";

const MOST = 20;

interface Version {
  model: Model;
  /** Not there yet, deleted, or the model was uploaded. */
  run: Run | undefined;
}

interface Row {
  name: string;
  /** What is compared. */
  text: (version: Version) => string;
  cell?: (version: Version) => ReactNode;
}

export function VersionsTab({ model }: { model: Model }) {
  const where = useWhere();
  const list = useSuspenseInfiniteQuery(modelsQuery(where, { name: model.name, archived: "all" }));
  const [differing, setDiffering] = useState(false);
  const models = list.data.slice(0, MOST);
  const ids = [...new Set(models.flatMap(({ run_id }) => (run_id ? [run_id] : [])))];
  // A run that is gone leaves its model behind, so an answer that fails is no fault here.
  const runs = useQueries({ queries: ids.map((id) => ({ ...runQuery(where, id), throwOnError: false })) });
  const made = new Map(ids.map((id, at) => [id, runs[at]?.data]));
  const versions = models.map((each) => ({ model: each, run: made.get(each.run_id ?? "") }));
  const differs = ({ text }: Row) => new Set(versions.map(text)).size > 1;
  return (
    <>
      <Switch label="Only what differs" checked={differing} onChange={(_, data) => setDiffering(data.checked)} />
      {list.data.length > MOST && <p className={css.note}>{`The newest ${MOST} of ${list.hasNextPage ? "more than " : ""}${list.data.length} versions.`}</p>}
      <div className={css.versions} tabIndex={0} role="region" aria-label="Versions">
        <table>
          <thead>
            <tr>
              <td />
              {models.map(({ name, version, archived_at }) => (
                <th key={version} scope="col" aria-current={version === model.version || undefined}>
                  <Link to={paths.model(where, name, version)}>Version {version}</Link>
                  {archived_at && <small> archived</small>}
                </th>
              ))}
            </tr>
          </thead>
          {sectionsOf(versions, (id) => paths.run(where, id)).map(([title, rows]) => (
            <Section key={title} title={title} rows={differing ? rows.filter(differs) : rows} versions={versions} differs={differs} />
          ))}
        </table>
      </div>
    </>
  );
}

interface SectionProps {
  title: string;
  rows: Row[];
  versions: Version[];
  differs: (row: Row) => boolean;
}

function Section({ title, rows, versions, differs }: SectionProps) {
  if (rows.length === 0) return null;
  return (
    <tbody>
      <tr className={css.section}>
        <th scope="rowgroup" colSpan={versions.length + 1}>
          {title}
        </th>
      </tr>
      {rows.map((row) => (
        <tr key={row.name} className={title !== "Version" && differs(row) ? css.differs : ""}>
          <th scope="row">{row.name}</th>
          {versions.map((version) => (
            <td key={version.model.version}>{row.cell ? row.cell(version) : row.text(version)}</td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function sectionsOf(versions: Version[], runUrl: (id: string) => string): [string, Row[]][] {
  const names = (of: (version: Version) => object | null | undefined) => [...new Set(versions.flatMap((version) => Object.keys(of(version) ?? {})))].sort();
  const about: Row[] = [
    { name: "Created", text: ({ model }) => model.created_at, cell: ({ model }) => <Time at={model.created_at} /> },
    { name: "Created by", text: ({ model }) => model.created_by },
    { name: "Run", text: ({ model }) => model.run_id ?? "", cell: ({ model, run }) => (model.run_id ? <Link to={runUrl(model.run_id)}>{run?.display_name ?? model.run_id}</Link> : "--") },
    { name: "Size", text: ({ model }) => formatSize(model.size) },
    { name: "Framework", text: ({ model }) => [model.framework, model.framework_version].filter(Boolean).join(" ") },
    { name: "Description", text: ({ model }) => model.description || "--" },
    { name: "Tags", text: ({ model }) => JSON.stringify(model.tags), cell: ({ model }) => <Tags tags={model.tags} none="" /> },
  ];
  return [
    ["Version", about],
    ["Metrics of the run (last value)", names(({ run }) => run?.metrics).map((name) => ({ name, text: ({ run }) => formatValue(run?.metrics?.[name]) }))],
    ["Parameters of the run", names(({ run }) => run?.params).map((name) => ({ name, text: ({ run }) => run?.params?.[name] ?? "--" }))],
  ];
}
