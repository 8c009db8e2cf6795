/** Files of the workspace's compute instances: notebooks to be read here and opened in Jupyter. */

import { DesktopRegular } from "@fluentui/react-icons/svg/desktop";
import { NotebookRegular } from "@fluentui/react-icons/svg/notebook";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { type Where, paths } from "../../paths";
import { type Column, Grid } from "../../ui/Grid";
import { Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { useWhere } from "../workspaces/where";
import { InstanceFiles } from "./InstanceFiles";
import { StateMark } from "./StateMark";
import { type Instance, instancesQuery } from "./queries";
import css from "./compute.module.css";

export function Component() {
  const where = useWhere();
  const { "*": path = "" } = useParams();
  const [name = "", ...rest] = path.split("/");
  if (name) return <InstanceFiles key={path} name={name} path={rest.filter(Boolean).join("/")} />;
  return (
    <Page crumbs={[{ label: where.workspace, to: paths.studio(where) }, { label: "Notebooks" }]} title="Notebooks" icon={<NotebookRegular />}>
      <Instances where={where} />
    </Page>
  );
}

function Instances({ where }: { where: Where }) {
  const { data: instances } = useSuspenseQuery(instancesQuery(where));
  return (
    <Grid
      label="Instances with files"
      rows={instances}
      rowId={({ name }) => name}
      columns={columnsOf(where)}
      empty={
        <Empty icon={<DesktopRegular />} title="No compute instance yet" actions={<Link to={paths.compute(where)}>Create a compute instance</Link>}>
          Notebooks live on a compute instance. Create one, open Jupyter on it, and find its files here.
        </Empty>
      }
    />
  );
}

function columnsOf(where: Where): Column<Instance>[] {
  return [
    {
      id: "name",
      title: "Compute instance",
      width: "minmax(220px, 2fr)",
      cell: ({ name }) => (
        <span className={css.named}>
          <DesktopRegular />
          <Link to={paths.notebooks(where, name)}>{name}</Link>
        </span>
      ),
    },
    { id: "state", title: "Status", width: "140px", cell: ({ state }) => <StateMark state={state} /> },
    { id: "owner", title: "Created by", width: "minmax(120px, 1fr)", cell: ({ created_by }) => created_by },
  ];
}
