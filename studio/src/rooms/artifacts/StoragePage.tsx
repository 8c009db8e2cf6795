/** A storage account, as the portal shows it. */

import { StorageRegular } from "@fluentui/react-icons/svg/storage";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useParams } from "react-router";
import { paths } from "../../paths";
import { Page } from "../../ui/Page";
import { workspaceQuery } from "../workspaces/queries";
import { AccountPanel } from "./AccountPanel";
import { StorageBrowser } from "./StorageBrowser";

export function Component() {
  const { subscription = "", group = "", workspace = "", "*": path = "" } = useParams();
  const where = useMemo(() => ({ subscription, group, workspace }), [subscription, group, workspace]);
  const { data } = useSuspenseQuery(workspaceQuery(where));
  const crumbs = [
    { label: "Home", to: paths.home() },
    { label: "Resource groups", to: paths.resourceGroups() },
    { label: group, to: paths.resourceGroup(subscription, group) },
    { label: data.storage_account },
  ];
  return (
    <Page crumbs={crumbs} title={path.split("/").at(-1) || data.storage_account} subtitle={path ? undefined : "Storage account"} icon={<StorageRegular />}>
      <StorageBrowser key={path} where={where} path={path} to={(next) => paths.storage(where, next)} />
      {!path && <AccountPanel where={where} />}
    </Page>
  );
}
