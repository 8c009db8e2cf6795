/** The workspace's files, inside its Studio. */

import { DatabaseRegular } from "@fluentui/react-icons/svg/database";
import { useParams } from "react-router";
import { paths } from "../../paths";
import { Page } from "../../ui/Page";
import { useWhere } from "../workspaces/where";
import { StorageBrowser } from "./StorageBrowser";

export function Component() {
  const where = useWhere();
  const { "*": path = "" } = useParams();
  const crumbs = [{ label: where.workspace, to: paths.studio(where) }, { label: "Data" }];
  return (
    <Page crumbs={crumbs} title="Data" icon={<DatabaseRegular />}>
      <StorageBrowser key={path} where={where} path={path} to={(next) => paths.data(where, next)} />
    </Page>
  );
}
