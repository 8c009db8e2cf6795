/** The portal's home: workspaces, the recent ones first. */

import { Button } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { BeakerRegular } from "@fluentui/react-icons/svg/beaker";
import { FolderMultipleRegular } from "@fluentui/react-icons/svg/folder-multiple";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "react-router";
import { paths } from "../../paths";
import { Command, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { formatTime } from "../../ui/format";
import { type Workspace, subscriptionsQuery, workspacesQuery } from "./queries";
import { useLocationName } from "./useLocationName";
import { recentVisits, sameWorkspace } from "./where";
import css from "./workspaces.module.css";

export function Component() {
  const { data: workspaces } = useSuspenseQuery(workspacesQuery);
  const { data: subscriptions } = useSuspenseQuery(subscriptionsQuery);
  const navigate = useNavigate();
  const create = () => void navigate(paths.createWorkspace());
  const commands = (
    <>
      <Command icon={<AddRegular />} onClick={create}>
        Create workspace
      </Command>
      <Command icon={<FolderMultipleRegular />} onClick={() => void navigate(paths.resourceGroups())}>
        Resource groups
      </Command>
    </>
  );
  return (
    <Page crumbs={[{ label: "Home" }]} title="Welcome to Workstead" commands={commands}>
      <h2 className={css.section}>Recent workspaces</h2>
      {workspaces.length === 0 ? <NoWorkspace onCreate={create} /> : <Tiles workspaces={workspaces} />}
      <h2 className={css.section}>Subscriptions</h2>
      <div className={css.tiles}>
        {subscriptions.map((subscription) => (
          <Link key={subscription.id} to={paths.resourceGroups(subscription.id)} className={css.tile}>
            <FolderMultipleRegular />
            <div>
              <b>{subscription.name}</b>
              <small>{subscription.id}</small>
            </div>
          </Link>
        ))}
      </div>
    </Page>
  );
}

function Tiles({ workspaces }: { workspaces: Workspace[] }) {
  const visits = recentVisits();
  const nameOf = useLocationName();
  const rank = (workspace: Workspace) => {
    const place = visits.findIndex((visit) => sameWorkspace(visit, whereOf(workspace)));
    return place < 0 ? visits.length : place;
  };
  const sorted = workspaces.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  return (
    <div className={css.tiles}>
      {sorted.map((workspace) => (
        <Link key={workspace.id} to={paths.studio(whereOf(workspace))} className={css.tile}>
          <BeakerRegular />
          <div>
            <b>{workspace.friendly_name || workspace.name}</b>
            <small>Resource group {workspace.resource_group}</small>
            <small>
              {nameOf(workspace.location)} · {formatTime(workspace.created_at)}
            </small>
          </div>
        </Link>
      ))}
    </div>
  );
}

function NoWorkspace({ onCreate }: { onCreate: () => void }) {
  const action = (
    <Button appearance="primary" onClick={onCreate}>
      Create a workspace
    </Button>
  );
  return (
    <Empty icon={<BeakerRegular />} title="No workspace yet" actions={action}>
      A workspace holds your experiments, models and compute instances.
    </Empty>
  );
}

export function whereOf(workspace: Workspace) {
  return { subscription: workspace.subscription_id, group: workspace.resource_group, workspace: workspace.name };
}
