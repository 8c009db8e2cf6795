/** Every page, loaded when it is first visited; each shows its own errors inside the frame. */

import { createBrowserRouter, type RouteObject } from "react-router";
import { patterns } from "./paths";
import { PortalLayout } from "./rooms/workspaces/PortalLayout";
import { StudioLayout } from "./rooms/workspaces/StudioLayout";
import { NoSuchPage, RouteError, Waiting } from "./ui/States";

type Lazy = () => Promise<{ Component: () => React.ReactNode }>;

function page(path: string, lazy: Lazy): RouteObject {
  return { path, lazy, ErrorBoundary: RouteError, HydrateFallback: Waiting };
}

export const router = createBrowserRouter([
  {
    Component: PortalLayout,
    ErrorBoundary: RouteError,
    HydrateFallback: Waiting,
    children: [
      page(patterns.home, () => import("./rooms/workspaces/HomePage")),
      page(patterns.subscriptions, () => import("./rooms/workspaces/SubscriptionsPage")),
      page(patterns.resourceGroups, () => import("./rooms/workspaces/ResourceGroupsPage")),
      page(patterns.resourceGroup, () => import("./rooms/workspaces/ResourceGroupPage")),
      page(patterns.workspace, () => import("./rooms/workspaces/WorkspacePage")),
      page(patterns.activity, () => import("./rooms/activity/ActivityPage")),
      page(patterns.groupActivity, () => import("./rooms/activity/ActivityPage")),
      page(patterns.workspaceActivity, () => import("./rooms/activity/ActivityPage")),
      page(patterns.createWorkspace, () => import("./rooms/workspaces/CreateWorkspacePage")),
      page(patterns.storage, () => import("./rooms/artifacts/StoragePage")),
      page(patterns.keyVault, () => import("./rooms/secrets/KeyVaultPage")),
      page(patterns.insights, () => import("./rooms/insights/InsightsPage")),
      { path: "*", Component: NoSuchPage, ErrorBoundary: RouteError },
    ],
  },
  {
    Component: StudioLayout,
    ErrorBoundary: RouteError,
    HydrateFallback: Waiting,
    children: [
      page(patterns.studio, () => import("./rooms/workspaces/StudioHomePage")),
      page(patterns.experiments, () => import("./rooms/runs/ExperimentsPage")),
      page(patterns.allRuns, () => import("./rooms/runs/ExperimentsPage")),
      page(patterns.experiment, () => import("./rooms/runs/ExperimentPage")),
      page(patterns.run, () => import("./rooms/runs/RunPage")),
      page(patterns.compare, () => import("./rooms/runs/ComparePage")),
      page(patterns.models, () => import("./rooms/models/ModelsPage")),
      page(patterns.model, () => import("./rooms/models/ModelPage")),
      page(patterns.compute, () => import("./rooms/compute/ComputePage")),
      page(patterns.instance, () => import("./rooms/compute/InstancePage")),
      page(patterns.notebooks, () => import("./rooms/compute/NotebooksPage")),
      page(patterns.data, () => import("./rooms/artifacts/DataPage")),
      page(patterns.settings, () => import("./rooms/workspaces/SettingsPage")),
    ],
  },
]);
