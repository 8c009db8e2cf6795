/** A workspace's settings, and the config.json that leads scripts to it. */

import { Button } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { EditRegular } from "@fluentui/react-icons/svg/edit";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { type Where, paths } from "../../paths";
import { Card, Copy, Facts, Tags } from "../../ui/Bits";
import { Editable } from "../../ui/Editable";
import { Page } from "../../ui/Page";
import { TagDialog } from "../../ui/TagEditor";
import { Tokens } from "../access/Tokens";
import { meQuery } from "../access/queries";
import { DeleteWorkspace } from "./DeleteWorkspace";
import { configText, configUrl } from "./config";
import { updateWorkspace, workspaceQuery } from "./queries";
import { useWhere } from "./where";
import css from "./workspaces.module.css";

export function Component() {
  const where = useWhere();
  const { data: workspace } = useSuspenseQuery(workspaceQuery(where));
  const { data: me } = useSuspenseQuery(meQuery);
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const navigate = useNavigate();
  return (
    <Page crumbs={[{ label: where.workspace, to: paths.studio(where) }, { label: "Settings" }]} title="Settings">
      <div className={css.deployment}>
        <Card title="Workspace">
          <Facts
            items={[
              ["Friendly name", <Editable key="n" text={workspace.friendly_name} noun="friendly name" onSave={(text) => updateWorkspace(where, { friendly_name: text })} />],
              ["Description", <Editable key="d" text={workspace.description} noun="description" multiline placeholder="Add a description" onSave={(text) => updateWorkspace(where, { description: text })} />],
              ["Resource ID", <Copy key="i" text={workspace.id} />],
              ["Workspace ID", <Copy key="w" text={workspace.workspace_id} />],
            ]}
          />
        </Card>
        <Card title="Tags" actions={<Button appearance="subtle" size="small" icon={<EditRegular />} aria-label="Edit tags" onClick={() => setEditing(true)} />}>
          <Tags tags={workspace.tags} />
          <TagDialog tags={workspace.tags} open={editing} onClose={() => setEditing(false)} onSave={(tags) => updateWorkspace(where, { tags })} />
        </Card>
        <Card title="config.json" actions={<DownloadButton where={where} />}>
          <p className={css.count}>Put it beside your script: Workspace.from_config() finds it there.</p>
          <pre>{configText(where)}</pre>
        </Card>
        <Card title="You">
          <Facts items={[["User", me.user], ["Role", me.role], ["Reach", me.scope ?? "Everything"]]} />
        </Card>
        {me.role === "Owner" && !me.scope && (
          <>
            <Tokens scope={workspace.id} />
            <Card title="Delete">
              <p className={css.count}>The workspace goes with all that is in it.</p>
              <Button icon={<DeleteRegular />} onClick={() => setDeleting(true)}>
                Delete workspace
              </Button>
            </Card>
          </>
        )}
        {deleting && <DeleteWorkspace where={where} onClose={() => setDeleting(false)} onDeleted={() => void navigate(paths.home())} />}
      </div>
    </Page>
  );
}

function DownloadButton({ where }: { where: Where }) {
  return (
    <Button as="a" href={configUrl(where)} download="config.json" appearance="subtle" size="small" icon={<ArrowDownloadRegular />}>
      Download
    </Button>
  );
}
