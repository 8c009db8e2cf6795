/** The Studio of one workspace: its rail, around every page that bears `?wsid=`. */

import { BeakerRegular } from "@fluentui/react-icons/svg/beaker";
import { CubeRegular } from "@fluentui/react-icons/svg/cube";
import { DatabaseRegular } from "@fluentui/react-icons/svg/database";
import { DesktopRegular } from "@fluentui/react-icons/svg/desktop";
import { HomeRegular } from "@fluentui/react-icons/svg/home";
import { NotebookRegular } from "@fluentui/react-icons/svg/notebook";
import { SettingsRegular } from "@fluentui/react-icons/svg/settings";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { Navigate, Outlet, useLocation, useSearchParams } from "react-router";
import { type Where, parseWorkspaceId, paths } from "../../paths";
import { Frame, type RailItem } from "../../ui/Frame";
import { meQuery, signOut } from "../access/queries";
import { WhereProvider, recentVisits, rememberVisit } from "./where";

export function StudioLayout() {
  const [search] = useSearchParams();
  const { pathname } = useLocation();
  const { data: me } = useQuery(meQuery);
  const wsid = search.get("wsid");
  const where = useMemo(() => parseWorkspaceId(wsid) ?? recentVisits()[0] ?? null, [wsid]);
  useEffect(() => {
    if (wsid && where) rememberVisit(where);
  }, [wsid, where]);
  if (where === null) return <Navigate to={paths.home()} replace />;
  return (
    <WhereProvider value={where}>
      <Frame place={where.workspace} rail={railOf(where, pathname)} user={me?.user} onSignOut={() => void signOut()}>
        <Outlet />
      </Frame>
    </WhereProvider>
  );
}

function railOf(where: Where, pathname: string): RailItem[] {
  const below = (...starts: string[]) => starts.some((start) => pathname.startsWith(start));
  return [
    { to: paths.studio(where), label: "Home", icon: <HomeRegular />, active: below("/home") },
    { to: paths.notebooks(where), label: "Notebooks", icon: <NotebookRegular />, apart: true, active: below("/notebooks") },
    {
      to: paths.experiments(where),
      label: "Experiments",
      icon: <BeakerRegular />,
      active: below("/experiments", "/runs", "/compare"),
    },
    { to: paths.models(where), label: "Models", icon: <CubeRegular />, active: below("/model") },
    { to: paths.compute(where), label: "Compute", icon: <DesktopRegular />, apart: true, active: below("/compute") },
    { to: paths.data(where), label: "Data", icon: <DatabaseRegular />, active: below("/data") },
    { to: paths.settings(where), label: "Settings", icon: <SettingsRegular />, apart: true, active: below("/settings") },
  ];
}
