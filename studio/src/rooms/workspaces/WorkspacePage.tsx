/** A workspace as the portal shows it: essentials, and the way into its Studio. */

import { Button, Link as TextButton } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { BeakerRegular } from "@fluentui/react-icons/svg/beaker";
import { ClipboardTaskListLtrRegular } from "@fluentui/react-icons/svg/clipboard-task-list-ltr";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { type Where, paths } from "../../paths";
import { Copy, Facts, Tags, Time } from "../../ui/Bits";
import { Command, Page } from "../../ui/Page";
import { TagDialog } from "../../ui/TagEditor";
import { configUrl } from "./config";
import { DeleteWorkspace } from "./DeleteWorkspace";
import { type Workspace, updateWorkspace, workspaceQuery } from "./queries";
import { useLocationName } from "./useLocationName";
import css from "./workspaces.module.css";

export function Component() {
  const { subscription = "", group = "", workspace: name = "" } = useParams();
  const where = useMemo(() => ({ subscription, group, workspace: name }), [subscription, group, name]);
  const { data: workspace } = useSuspenseQuery(workspaceQuery(where));
  const [deleting, setDeleting] = useState(false);
  const navigate = useNavigate();
  const crumbs = [
    { label: "Home", to: paths.home() },
    { label: "Resource groups", to: paths.resourceGroups() },
    { label: group, to: paths.resourceGroup(subscription, group) },
    { label: workspace.name },
  ];
  const commands = (
    <>
      <Button as="a" appearance="subtle" icon={<ArrowDownloadRegular />} href={configUrl(where)} download="config.json">
        Download config.json
      </Button>
      <Command icon={<ClipboardTaskListLtrRegular />} onClick={() => void navigate(paths.activity(where))}>
        Activity log
      </Command>
      <Command icon={<DeleteRegular />} onClick={() => setDeleting(true)}>
        Delete
      </Command>
    </>
  );
  return (
    <Page crumbs={crumbs} title={workspace.name} subtitle="Machine Learning workspace" icon={<BeakerRegular />} commands={commands}>
      <Essentials where={where} workspace={workspace} />
      <section className={css.launch} aria-label="Studio">
        <BeakerRegular />
        <h2>Work with your models in Studio</h2>
        <p>Train, track and register models; look into runs, files and compute instances.</p>
        <Button appearance="primary" onClick={() => void navigate(paths.studio(where))}>
          Launch studio
        </Button>
      </section>
      {deleting && (
        <DeleteWorkspace
          where={where}
          onClose={() => setDeleting(false)}
          onDeleted={() => void navigate(paths.resourceGroup(subscription, group))}
        />
      )}
    </Page>
  );
}

function Essentials({ where, workspace }: { where: Where; workspace: Workspace }) {
  const [editing, setEditing] = useState(false);
  const nameOf = useLocationName();
  const group = <Link to={paths.resourceGroup(where.subscription, where.group)}>{workspace.resource_group}</Link>;
  const storage = <Link to={paths.storage(where)}>{workspace.storage_account}</Link>;
  const vault = <Link to={paths.keyVault(where)}>{workspace.key_vault}</Link>;
  const tags = (
    <>
      <Tags tags={workspace.tags} none="" />{" "}
      <TextButton as="button" onClick={() => setEditing(true)}>
        {Object.keys(workspace.tags).length ? "Change" : "Click here to add tags"}
      </TextButton>
    </>
  );
  return (
    <section className={css.essentials} aria-label="Essentials">
      <Facts
        inline
        items={[
          ["Resource group", group],
          ["Location", nameOf(workspace.location)],
          ["Subscription ID", <Copy key="s" text={workspace.subscription_id} />],
          ["Created", <Time key="c" at={workspace.created_at} />],
          ["Created by", workspace.created_by],
        ]}
      />
      <Facts
        inline
        items={[
          ["Storage account", storage],
          ["Key vault", vault],
          ["Application Insights", workspace.application_insights],
          ["Tags", tags],
        ]}
      />
      <TagDialog tags={workspace.tags} open={editing} onClose={() => setEditing(false)} onSave={(next) => updateWorkspace(where, { tags: next })} />
    </section>
  );
}
