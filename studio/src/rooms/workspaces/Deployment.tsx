/** What a deployment makes, and where to go when it is done. */

import { Button, ProgressBar } from "@fluentui/react-components";
import { CheckmarkCircleFilled } from "@fluentui/react-icons/svg/checkmark-circle";
import { CircleRegular } from "@fluentui/react-icons/svg/circle";
import { useNavigate } from "react-router";
import { paths } from "../../paths";
import { Facts, Status } from "../../ui/Bits";
import { type Column, Grid } from "../../ui/Grid";
import type { Asked } from "./CreateWorkspacePage";
import { kindIcon, kindNames } from "./marks";
import type { Resource, Workspace } from "./queries";
import css from "./workspaces.module.css";

interface Part {
  kind: Resource["type"];
  name: string;
  done: boolean;
}

const columns: Column<Part>[] = [
  {
    id: "resource",
    title: "Resource",
    width: "minmax(240px, 2fr)",
    cell: ({ kind, name }) => (
      <span className={css.resource}>
        {kindIcon(kind)}
        {name}
      </span>
    ),
  },
  { id: "type", title: "Type", width: "minmax(170px, 1fr)", cell: ({ kind }) => kindNames[kind] },
  {
    id: "status",
    title: "Status",
    width: "140px",
    cell: ({ done }) => (
      <Status icon={done ? <CheckmarkCircleFilled /> : <CircleRegular />} tone={done ? "good" : "calm"}>
        {done ? "OK" : "Creating"}
      </Status>
    ),
  },
];

export function Deployment({ asked, made }: { asked: Asked; made: Workspace | undefined }) {
  const navigate = useNavigate();
  const where = { subscription: asked.subscription, group: asked.group, workspace: asked.name };
  return (
    <div className={css.deployment}>
      {!made && <ProgressBar aria-label="Deployment" />}
      <section className={css.essentials} aria-label="Deployment">
        <Facts inline items={[["Workspace", asked.name], ["Resource group", asked.group], ["Region", asked.location]]} />
      </section>
      <Grid label="Deployment details" rows={partsOf(asked, made)} rowId={(part) => part.kind} columns={columns} />
      {made && (
        <div className={css.nextLink}>
          <Button appearance="primary" onClick={() => void navigate(paths.studio(where))}>
            Launch studio
          </Button>
          <Button onClick={() => void navigate(paths.workspace(where))}>Go to resource</Button>
          <Button onClick={() => void navigate(paths.resourceGroup(asked.subscription, asked.group))}>Go to resource group</Button>
        </div>
      )}
    </div>
  );
}

function partsOf(asked: Asked, made: Workspace | undefined): Part[] {
  const done = made !== undefined;
  return [
    { kind: "workspace", name: asked.name, done },
    { kind: "storage_account", name: made?.storage_account ?? "…", done },
    { kind: "key_vault", name: made?.key_vault ?? "…", done },
    { kind: "application_insights", name: made?.application_insights ?? "…", done },
  ];
}
