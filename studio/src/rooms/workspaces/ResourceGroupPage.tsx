/** A resource group: essentials and all that lies in it. */

import { Link as TextButton, SearchBox } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { ClipboardTaskListLtrRegular } from "@fluentui/react-icons/svg/clipboard-task-list-ltr";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { FolderRegular } from "@fluentui/react-icons/svg/folder";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { type Where, paths } from "../../paths";
import { Copy, Facts, Tags, Time } from "../../ui/Bits";
import { ConfirmDialog } from "../../ui/Dialogs";
import { type Column, Grid } from "../../ui/Grid";
import { Command, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { TagDialog } from "../../ui/TagEditor";
import { kindIcon, kindNames } from "./marks";
import { type Resource, deleteGroup, groupQuery, putGroup, resourcesQuery, subscriptionsQuery } from "./queries";
import { useLocationName } from "./useLocationName";
import css from "./workspaces.module.css";

export function Component() {
  const { subscription = "", group = "" } = useParams();
  const { data: resources, refetch } = useSuspenseQuery(resourcesQuery(subscription, group));
  const [deleting, setDeleting] = useState(false);
  const [filter, setFilter] = useState("");
  const navigate = useNavigate();
  const columns = useColumns(subscription, group);
  const workspaces = resources.filter(({ type }) => type === "workspace");
  const shown = resources.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
  const commands = (
    <>
      <Command icon={<AddRegular />} onClick={() => void navigate(paths.createWorkspace(group))}>
        Create workspace
      </Command>
      <Command icon={<DeleteRegular />} onClick={() => setDeleting(true)}>
        Delete resource group
      </Command>
      <Command icon={<ClipboardTaskListLtrRegular />} onClick={() => void navigate(paths.groupActivity(subscription, group))}>
        Activity log
      </Command>
      <Command icon={<ArrowClockwiseRegular />} onClick={() => void refetch()}>
        Refresh
      </Command>
    </>
  );
  const remove = async () => {
    await deleteGroup(subscription, group);
    void navigate(paths.resourceGroups());
  };
  return (
    <Page
      crumbs={[{ label: "Home", to: paths.home() }, { label: "Resource groups", to: paths.resourceGroups() }, { label: group }]}
      title={group}
      subtitle="Resource group"
      icon={<FolderRegular />}
      commands={commands}
    >
      <Essentials subscription={subscription} group={group} />
      <div className={css.filters}>
        <SearchBox placeholder="Filter by name" value={filter} onChange={(_, data) => setFilter(data.value)} />
        <span className={css.count}>
          Showing {shown.length} of {resources.length} resources
        </span>
      </div>
      <Grid
        label="Resources"
        rows={shown}
        rowId={(resource) => resource.id}
        columns={columns}
        empty={<Empty title={filter ? "No resource has that name" : "This resource group is empty"} />}
      />
      <ConfirmDialog
        title={`Delete resource group ${group}?`}
        open={deleting}
        onClose={() => setDeleting(false)}
        onConfirm={remove}
        typed={group}
      >
        {workspaces.length === 0 ? "It is empty." : `It holds ${counted(workspaces.length)} with all runs, models, files and compute instances: they are deleted too.`}{" "}
        This cannot be undone.
      </ConfirmDialog>
    </Page>
  );
}

function Essentials({ subscription, group }: { subscription: string; group: string }) {
  const { data } = useSuspenseQuery(groupQuery(subscription, group));
  const { data: subscriptions } = useSuspenseQuery(subscriptionsQuery);
  const [editing, setEditing] = useState(false);
  const nameOf = useLocationName();
  const title = subscriptions.find(({ id }) => id === subscription)?.name ?? subscription;
  const tags = (
    <>
      <Tags tags={data.tags} none="" />{" "}
      <TextButton as="button" onClick={() => setEditing(true)}>
        {Object.keys(data.tags).length ? "Change" : "Click here to add tags"}
      </TextButton>
    </>
  );
  return (
    <section className={css.essentials} aria-label="Essentials">
      <Facts inline items={[["Subscription", title], ["Subscription ID", <Copy key="id" text={subscription} />]]} />
      <Facts inline items={[["Location", nameOf(data.location)], ["Created", <Time key="at" at={data.created_at} />], ["Tags", tags]]} />
      <TagDialog
        tags={data.tags}
        open={editing}
        onClose={() => setEditing(false)}
        onSave={(next) => putGroup(subscription, group, data.location, next)}
      />
    </section>
  );
}

function counted(workspaces: number): string {
  return workspaces === 1 ? "1 workspace" : `${workspaces} workspaces`;
}

function useColumns(subscription: string, group: string): Column<Resource>[] {
  const nameOf = useLocationName();
  return [
    {
      id: "name",
      title: "Name",
      width: "minmax(260px, 2fr)",
      cell: (resource) => <ResourceLink resource={resource} subscription={subscription} group={group} />,
    },
    { id: "type", title: "Type", width: "minmax(180px, 1fr)", cell: (resource) => kindNames[resource.type] },
    { id: "location", title: "Location", width: "minmax(140px, 1fr)", cell: (resource) => nameOf(resource.location) },
    { id: "created", title: "Created", width: "200px", cell: (resource) => <Time at={resource.created_at} /> },
  ];
}

const pageOf: Partial<Record<Resource["type"], (where: Where) => string>> = {
  workspace: paths.workspace,
  storage_account: paths.storage,
  key_vault: paths.keyVault,
  application_insights: paths.insights,
};

interface LinkProps {
  resource: Resource;
  subscription: string;
  group: string;
}

function ResourceLink({ resource, subscription, group }: LinkProps) {
  const where = { subscription, group, workspace: resource.workspace ?? resource.name };
  const target = pageOf[resource.type]?.(where);
  return (
    <span className={css.resource}>
      {kindIcon(resource.type)}
      {target ? <Link to={target}>{resource.name}</Link> : resource.name}
    </span>
  );
}
