/** The workspace's compute instances. */

import { Tab, TabList } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { DesktopRegular } from "@fluentui/react-icons/svg/desktop";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Suspense, lazy, useState } from "react";
import { Link } from "react-router";
import { type Where, paths } from "../../paths";
import { Time } from "../../ui/Bits";
import { type Column, Grid } from "../../ui/Grid";
import { Command, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { useWhere } from "../workspaces/where";
import { Applications } from "./Applications";
import { InstanceCommands } from "./InstanceCommands";
import { StateMark } from "./StateMark";
import { type Instance, instancesQuery } from "./queries";
import css from "./compute.module.css";

const CreateDialog = lazy(() => import("./CreateDialog"));

export function Component() {
  const where = useWhere();
  const { data: instances } = useSuspenseQuery(instancesQuery(where));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [creating, setCreating] = useState(false);
  return (
    <Page crumbs={[{ label: where.workspace, to: paths.studio(where) }, { label: "Compute" }]} title="Compute">
      <TabList selectedValue="instances" className={css.tabs}>
        <Tab value="instances">Compute instances</Tab>
      </TabList>
      <div className={css.bar}>
        <Command icon={<AddRegular />} onClick={() => setCreating(true)}>
          New
        </Command>
        <InstanceCommands instances={instances.filter(({ name }) => chosen.has(name))} onDeleted={() => setChosen(new Set())} />
      </div>
      <Grid
        label="Compute instances"
        rows={instances}
        rowId={({ name }) => name}
        columns={columnsOf(where)}
        chosen={chosen}
        onChoose={setChosen}
        empty={
          <Empty icon={<DesktopRegular />} title="No compute instance yet">
            A compute instance is a workstation with Jupyter and a Python environment of its own.
          </Empty>
        }
      />
      {creating && (
        <Suspense>
          <CreateDialog onClose={() => setCreating(false)} />
        </Suspense>
      )}
    </Page>
  );
}

function columnsOf(where: Where): Column<Instance>[] {
  return [
    { id: "name", title: "Name", width: "minmax(130px, 1fr)", cell: ({ name }) => <Link to={paths.instance(where, name)}>{name}</Link> },
    { id: "state", title: "Status", width: "120px", cell: ({ state }) => <StateMark state={state} /> },
    { id: "applications", title: "Application URI", width: "360px", cell: (instance) => <Applications instance={instance} /> },
    { id: "size", title: "Virtual machine size", width: "165px", cell: ({ size }) => size.name },
    { id: "created", title: "Created on", width: "192px", cell: ({ created_at }) => <Time at={created_at} /> },
  ];
}
