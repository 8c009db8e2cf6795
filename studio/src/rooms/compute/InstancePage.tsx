/** One compute instance: properties, applications, the steps of its making. */

import { DesktopRegular } from "@fluentui/react-icons/svg/desktop";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { paths } from "../../paths";
import { Alert, Card, Facts, Tags, Time } from "../../ui/Bits";
import { Page } from "../../ui/Page";
import { formatDuration } from "../../ui/format";
import { useWhere } from "../workspaces/where";
import { Applications } from "./Applications";
import { InstanceCommands } from "./InstanceCommands";
import { StateMark } from "./StateMark";
import { type Instance, instanceQuery } from "./queries";
import css from "./compute.module.css";

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
        <Steps instance={instance} />
      </div>
    </Page>
  );
}

function Properties({ instance }: { instance: Instance }) {
  const { size } = instance;
  return (
    <Card title="Properties">
      <Facts
        items={[
          ["Applications", <Applications key="a" instance={instance} />],
          ["Virtual machine size", `${size.name} (${size.cores} cores, ${size.memory_gib} GiB)`],
          ["Note", instance.note ?? "--"],
          ["Kernel", instance.kernel ?? "--"],
          ["Created by", instance.created_by],
          ["Created on", <Time key="t" at={instance.created_at} />],
          ["Tags", <Tags key="g" tags={instance.tags} />],
        ]}
      />
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
