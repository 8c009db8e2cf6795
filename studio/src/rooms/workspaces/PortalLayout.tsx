/** The portal around workspaces: home, subscriptions, resource groups, activity log. */

import { ClipboardTaskListLtrRegular } from "@fluentui/react-icons/svg/clipboard-task-list-ltr";
import { FolderMultipleRegular } from "@fluentui/react-icons/svg/folder-multiple";
import { HomeRegular } from "@fluentui/react-icons/svg/home";
import { KeyMultipleRegular } from "@fluentui/react-icons/svg/key-multiple";
import { useQuery } from "@tanstack/react-query";
import { Outlet, useLocation } from "react-router";
import { paths } from "../../paths";
import { Frame } from "../../ui/Frame";
import { meQuery, signOut } from "../access/queries";

export function PortalLayout() {
  const { pathname } = useLocation();
  const { data: me } = useQuery(meQuery);
  const rail = [
    { to: paths.home(), label: "Home", icon: <HomeRegular />, active: pathname === "/" },
    { to: paths.subscriptions(), label: "Subscriptions", icon: <KeyMultipleRegular />, active: pathname === "/subscriptions" },
    {
      to: paths.resourceGroups(),
      label: "Resource groups",
      icon: <FolderMultipleRegular />,
      active: pathname.includes("/resourcegroups"),
    },
    { to: paths.activity(), label: "Activity log", icon: <ClipboardTaskListLtrRegular />, active: pathname === "/activity" },
  ];
  return (
    <Frame rail={rail} user={me?.user} onSignOut={() => void signOut()}>
      <Outlet />
    </Frame>
  );
}
