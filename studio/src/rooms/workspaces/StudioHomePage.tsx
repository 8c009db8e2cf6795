/** The home of a workspace: what it is, and the ways from here. */

import { BeakerRegular } from "@fluentui/react-icons/svg/beaker";
import { CubeRegular } from "@fluentui/react-icons/svg/cube";
import { DesktopRegular } from "@fluentui/react-icons/svg/desktop";
import { DatabaseRegular } from "@fluentui/react-icons/svg/database";
import { NotebookRegular } from "@fluentui/react-icons/svg/notebook";
import { useSuspenseQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { paths } from "../../paths";
import { Facts, Time } from "../../ui/Bits";
import { Page } from "../../ui/Page";
import { workspaceQuery } from "./queries";
import { useLocationName } from "./useLocationName";
import { useWhere } from "./where";
import css from "./workspaces.module.css";

export function Component() {
  const where = useWhere();
  const { data: workspace } = useSuspenseQuery(workspaceQuery(where));
  const nameOf = useLocationName();
  const group = <Link to={paths.resourceGroup(where.subscription, where.group)}>{workspace.resource_group}</Link>;
  const storage = <Link to={paths.storage(where)}>{workspace.storage_account}</Link>;
  const vault = <Link to={paths.keyVault(where)}>{workspace.key_vault}</Link>;
  return (
    <Page
      crumbs={[{ label: "Workstead", to: paths.home() }, { label: workspace.name }]}
      title={workspace.friendly_name || workspace.name}
      subtitle={workspace.description || "Workspace"}
      icon={<BeakerRegular />}
    >
      <section className={css.essentials} aria-label="Essentials">
        <Facts inline items={[["Resource group", group], ["Region", nameOf(workspace.location)], ["Created", <Time key="c" at={workspace.created_at} />]]} />
        <Facts inline items={[["Storage account", storage], ["Key vault", vault], ["Application Insights", workspace.application_insights]]} />
      </section>
      <h2 className={css.section}>Go on with</h2>
      <div className={css.tiles}>
        <Tile to={paths.notebooks(where)} icon={<NotebookRegular />} title="Notebooks">
          What lies on your compute instances
        </Tile>
        <Tile to={paths.experiments(where)} icon={<BeakerRegular />} title="Experiments">
          Runs with their metrics, images and files
        </Tile>
        <Tile to={paths.models(where)} icon={<CubeRegular />} title="Models">
          Registered models and their versions
        </Tile>
        <Tile to={paths.compute(where)} icon={<DesktopRegular />} title="Compute">
          Instances with Jupyter and JupyterLab
        </Tile>
        <Tile to={paths.data(where)} icon={<DatabaseRegular />} title="Data">
          The files of the storage account
        </Tile>
      </div>
    </Page>
  );
}

interface TileProps {
  to: string;
  icon: ReactNode;
  title: string;
  children: ReactNode;
}

function Tile({ to, icon, title, children }: TileProps) {
  return (
    <Link to={to} className={css.tile}>
      {icon}
      <div>
        <b>{title}</b>
        <small>{children}</small>
      </div>
    </Link>
  );
}
