/** The portal around workspaces: home, resource groups. */

import { FolderMultipleRegular } from "@fluentui/react-icons/svg/folder-multiple";
import { HomeRegular } from "@fluentui/react-icons/svg/home";
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
    {
      to: paths.resourceGroups(),
      label: "Resource groups",
      icon: <FolderMultipleRegular />,
      active: pathname.includes("/resourcegroups"),
    },
  ];
  return (
    <Frame rail={rail} user={me?.user} onSignOut={() => void signOut()}>
      <Outlet />
    </Frame>
  );
}
