/** One compute instance: properties, applications, when it rests, the steps of its making, its logs. */

import { Button } from "@fluentui/react-components";
import { DesktopRegular } from "@fluentui/react-icons/svg/desktop";
import { EditRegular } from "@fluentui/react-icons/svg/edit";
import { useSuspenseQuery } from "@tanstack/react-query";
import { type ReactNode, Suspense, lazy, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { paths } from "../../paths";
import { Alert, Card, Facts, Tags, Time } from "../../ui/Bits";
import { Page } from "../../ui/Page";
import { formatDuration } from "../../ui/format";
import { useWhere } from "../workspaces/where";
import { Applications } from "./Applications";
import { InstanceCommands } from "./InstanceCommands";
import { LogCard } from "./LogCard";
import { minutesText, scheduleText } from "./Rest";
import { StateMark } from "./StateMark";
import { type Instance, instanceQuery } from "./queries";
import css from "./compute.module.css";

const RestDialog = lazy(() => import("./RestDialog"));

export function Component() {
  const where = useWhere();
  const { instance: name = "" } = useParams();
  const { data: instance } = useSuspenseQuery(instanceQuery(where, name));
  const navigate = useNavigate();
  const crumbs = [
    { label: where.workspace, to: paths.studio(where) },
    { label: "Compute", to: paths.compute(where) },
    { label: instance.name },
  ];
  return (
    <Page
      crumbs={crumbs}
      title={instance.name}
      subtitle="Compute instance"
      icon={<DesktopRegular />}
      aside={<StateMark state={instance.state} />}
      commands={<InstanceCommands instances={[instance]} onDeleted={() => void navigate(paths.compute(where))} />}
    >
      {instance.reason && <Alert>{instance.reason}</Alert>}
      <div className={css.columns}>
        <Properties instance={instance} />
        <div className={css.stack}>
          <Resting instance={instance} />
          <Steps instance={instance} />
        </div>
      </div>
      <LogCard name={instance.name} />
    </Page>
  );
}

function Properties({ instance }: { instance: Instance }) {
  const where = useWhere();
  const { size } = instance;
  return (
    <Card title="Properties">
      <Facts
        items={[
          ["Applications", <Applications key="a" instance={instance} />],
          ["Virtual machine size", `${size.name} (${size.cores} cores, ${size.memory_gib} GiB)`],
          ["Note", instance.note ?? "--"],
          ["Held to its size by", instance.enforced_by ?? "--"],
          ["Kernel", instance.kernel ?? "--"],
          ["Files", <Link key="f" to={paths.notebooks(where, instance.name)}>Show in Notebooks</Link>],
          ["Created by", instance.created_by],
          ["Created on", <Time key="t" at={instance.created_at} />],
          ["Tags", <Tags key="g" tags={instance.tags} />],
        ]}
      />
    </Card>
  );
}

function Resting({ instance }: { instance: Instance }) {
  const [editing, setEditing] = useState(false);
  const { idle_minutes: idle, schedule, next_change: next, last_active_at: active } = instance;
  const edit = <Button appearance="subtle" size="small" icon={<EditRegular />} aria-label="Change when it rests" onClick={() => setEditing(true)} />;
  const items: [string, ReactNode][] = [
    ["Idle shutdown", idle == null ? "Never" : `After ${minutesText(idle)}`],
    ["Schedule", schedule ? scheduleText(schedule) : "None"],
  ];
  if (active) items.push(["Last active", <Time key="l" at={active} />]);
  if (next) items.push(["Next change", <Time key="n" at={next} />]);
  return (
    <Card title="Rest" actions={edit}>
      <Facts items={items} />
      {editing && (
        <Suspense>
          <RestDialog instance={instance} onClose={() => setEditing(false)} />
        </Suspense>
      )}
    </Card>
  );
}

function Steps({ instance }: { instance: Instance }) {
  return (
    <Card title="Steps">
      <ol className={css.steps}>
        {instance.steps.map((step) => (
          <li key={`${step.name}${step.started_at}`}>
            <span>{step.name}</span>
            <span className={css.note}>{step.seconds == null ? "under way" : formatDuration(step.seconds * 1000)}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
