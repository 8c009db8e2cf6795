/** A run's properties, tags, last metrics and description. */

import { Button, Tooltip } from "@fluentui/react-components";
import { EditRegular } from "@fluentui/react-icons/svg/edit";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "../../paths";
import { Card, Copy, Facts, Tags, Time } from "../../ui/Bits";
import { Editable } from "../../ui/Editable";
import { TagDialog } from "../../ui/TagEditor";
import { formatValue } from "../../ui/format";
import { useWhere } from "../workspaces/where";
import { Duration } from "./Duration";
import { RunStatusMark } from "./RunStatusMark";
import { type Run, inputsQuery, replaceTags, updateRun } from "./queries";
import css from "./runs.module.css";

export function DetailsTab({ run }: { run: Run }) {
  return (
    <div className={css.columns}>
      <div className={css.stack}>
        <PropertiesCard run={run} />
        <RawCard run={run} />
      </div>
      <div className={css.stack}>
        <TagsCard run={run} />
        <ParametersCard run={run} />
        <MetricsCard run={run} />
        <DescriptionCard run={run} />
        {Object.keys(run.properties).length > 0 && (
          <Card title="Run properties">
            <Facts items={Object.entries(run.properties)} />
          </Card>
        )}
      </div>
    </div>
  );
}

function PropertiesCard({ run }: { run: Run }) {
  const where = useWhere();
  return (
    <Card title="Properties">
      <Facts
        items={[
          ["Status", <RunStatusMark key="s" status={run.status} />],
          ["Created", <Time key="c" at={run.created_at} />],
          ["Started", <Time key="t" at={run.started_at} />],
          ["Duration", <Duration key="d" run={run} />],
          ["Compute target", run.compute_target],
          ["Run ID", <Copy key="i" text={run.id} />],
          ["Script name", run.script_name ?? "--"],
          ["Created by", run.created_by],
          ["Run number", String(run.number)],
          ["Run type", run.type],
          ["Input datasets", <Inputs key="d" run={run} />],
          ["Parent run", run.parent_id ? <Link key="p" to={paths.run(where, run.parent_id)}>{run.parent_id}</Link> : "--"],
        ]}
      />
    </Card>
  );
}

/** What the run said it used, and what for; where it lies is a tooltip. */
function Inputs({ run }: { run: Run }) {
  const { data: inputs } = useQuery(inputsQuery(useWhere(), run));
  if (inputs === undefined) return null;
  if (inputs.length === 0) return "None";
  return (
    <div className={css.stack}>
      {inputs.map(({ name, digest, context, source }) => (
        <span key={`${name} ${digest}`} title={source}>
          {context ? `${name} (${context})` : name}
        </span>
      ))}
    </div>
  );
}

function TagsCard({ run }: { run: Run }) {
  const where = useWhere();
  const [editing, setEditing] = useState(false);
  const edit = (
    <Tooltip content="Edit tags" relationship="label">
      <Button appearance="subtle" size="small" icon={<EditRegular />} onClick={() => setEditing(true)} />
    </Tooltip>
  );
  return (
    <Card title="Tags" actions={edit}>
      <Tags tags={run.tags} />
      <TagDialog tags={run.tags} open={editing} onClose={() => setEditing(false)} onSave={(tags) => replaceTags(where, run, tags)} />
    </Card>
  );
}

const SHOWN = 30;

function ParametersCard({ run }: { run: Run }) {
  const params = Object.entries(run.params ?? {});
  if (params.length === 0) return null;
  return (
    <Card title="Parameters">
      <NamedValues pairs={params} />
    </Card>
  );
}

function NamedValues({ pairs }: { pairs: [string, unknown][] }) {
  return pairs.map(([name, value]) => (
    <div key={name} className={css.metricRow}>
      <b>{name}</b>
      <span title={String(value)}>{formatValue(value)}</span>
    </div>
  ));
}

function MetricsCard({ run }: { run: Run }) {
  const where = useWhere();
  const metrics = Object.entries(run.metrics ?? {});
  return (
    <Card title="Metrics">
      {metrics.length === 0 && <span className={css.gone}>No metrics</span>}
      <NamedValues pairs={metrics.slice(0, SHOWN)} />
      {metrics.length > SHOWN && <Link to={paths.run(where, run.id, "metrics")}>All {metrics.length} metrics</Link>}
    </Card>
  );
}

function DescriptionCard({ run }: { run: Run }) {
  const where = useWhere();
  return (
    <Card title="Description">
      <Editable
        text={run.description}
        noun="description"
        multiline
        placeholder="Click the pencil to add a description"
        onSave={(description) => updateRun(where, run.id, { description })}
      />
    </Card>
  );
}

function RawCard({ run }: { run: Run }) {
  const [open, setOpen] = useState(false);
  return (
    <Card title="Raw JSON" actions={<Button appearance="subtle" size="small" onClick={() => setOpen(!open)}>{open ? "Hide" : "Show"}</Button>}>
      {open ? <pre className={css.raw}>{JSON.stringify(run, null, 2)}</pre> : <span className={css.gone}>All that the server knows of this run.</span>}
    </Card>
  );
}
