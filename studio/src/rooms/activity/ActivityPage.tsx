/** The activity log of the server, a resource group or a workspace. */

import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { ClipboardTaskListLtrRegular } from "@fluentui/react-icons/svg/clipboard-task-list-ltr";
import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { paths } from "../../paths";
import { Time } from "../../ui/Bits";
import { type Column, Grid } from "../../ui/Grid";
import { Command, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { type Activity, type Place, activityQuery } from "./queries";

export function Component() {
  const { subscription, group, workspace }: Place = useParams();
  const list = useSuspenseInfiniteQuery(activityQuery({ subscription, group, workspace }));
  const crumbs = [{ label: "Home", to: paths.home() }];
  if (subscription && group) crumbs.push({ label: group, to: paths.resourceGroup(subscription, group) });
  if (subscription && group && workspace) crumbs.push({ label: workspace, to: paths.workspace({ subscription, group, workspace }) });
  const refresh = (
    <Command icon={<ArrowClockwiseRegular />} onClick={() => void list.refetch()}>
      Refresh
    </Command>
  );
  return (
    <Page
      crumbs={[...crumbs, { label: "Activity log" }]}
      title="Activity log"
      subtitle={workspace ?? group}
      icon={<ClipboardTaskListLtrRegular />}
      commands={refresh}
      fill
    >
      <Grid
        label="Activities"
        fill
        rows={list.data}
        rowId={(entry) => `${entry.at} ${entry.operation} ${entry.resource}`}
        columns={columns}
        onEnd={() => void (list.hasNextPage && !list.isFetchingNextPage && list.fetchNextPage())}
        reading={list.isFetchingNextPage}
        empty={<Empty title="Nothing has been done here yet" />}
      />
    </Page>
  );
}

const columns: Column<Activity>[] = [
  { id: "operation", title: "Operation", width: "minmax(240px, 1.2fr)", cell: ({ operation }) => operation },
  { id: "resource", title: "Resource", width: "minmax(240px, 2fr)", cell: ({ resource }) => <span title={resource}>{nameOf(resource)}</span> },
  { id: "at", title: "Time", width: "200px", cell: ({ at }) => <Time at={at} /> },
  { id: "user", title: "Started by", width: "minmax(120px, 1fr)", cell: ({ user }) => user },
];

/** `aidevcollege / workspaces / w` in few words: the names in an id, from the group on. */
function nameOf(resource: string): string {
  const [, group = ""] = /\/resourceGroups\/([^/]+)/i.exec(resource) ?? [];
  const [, rest = ""] = /\/workspaces\/(.+)$/i.exec(resource) ?? [];
  const names = [group, ...rest.split("/").filter((_, at) => at % 2 === 0)];
  return names.filter(Boolean).join(" / ") || (resource ? "Subscription" : "Server");
}
