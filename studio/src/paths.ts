/** Every address of Studio: the patterns that the router knows, and functions that fill them in. */

export interface Where {
  subscription: string;
  group: string;
  workspace: string;
}

export const patterns = {
  home: "/",
  subscriptions: "/subscriptions",
  resourceGroups: "/resourcegroups",
  resourceGroup: "/subscriptions/:subscription/resourcegroups/:group",
  workspace: "/subscriptions/:subscription/resourcegroups/:group/workspaces/:workspace",
  activity: "/activity",
  groupActivity: "/subscriptions/:subscription/resourcegroups/:group/activity",
  workspaceActivity: "/subscriptions/:subscription/resourcegroups/:group/workspaces/:workspace/activity",
  createWorkspace: "/create/workspace",
  storage: "/subscriptions/:subscription/resourcegroups/:group/workspaces/:workspace/storage/*",
  keyVault: "/subscriptions/:subscription/resourcegroups/:group/workspaces/:workspace/keyvault",
  insights: "/subscriptions/:subscription/resourcegroups/:group/workspaces/:workspace/insights",
  studio: "/home",
  experiments: "/experiments",
  allRuns: "/runs",
  experiment: "/experiments/:experiment",
  compare: "/compare",
  run: "/runs/:run",
  models: "/models",
  model: "/model/:model/:tab?",
  compute: "/compute",
  instance: "/compute/:instance",
  notebooks: "/notebooks/*",
  data: "/data/*",
  settings: "/settings",
} as const;

const enc = encodeURIComponent;

/** The workspace as Azure's addresses name it: `/subscriptions/…/resourcegroups/…/workspaces/…`. */
export function workspaceId({ subscription, group, workspace }: Where): string {
  return `/subscriptions/${enc(subscription)}/resourcegroups/${enc(group)}/workspaces/${enc(workspace)}`;
}

const WSID = /^\/subscriptions\/([^/]+)\/resource[gG]roups\/([^/]+)(?:\/providers\/[^/]+)?\/workspaces\/([^/]+)\/?$/;

/** The workspace that `?wsid=` names; null when it names none. */
export function parseWorkspaceId(text: string | null): Where | null {
  const [, subscription, group, workspace] = WSID.exec(text ?? "") ?? [];
  if (!subscription || !group || !workspace) return null;
  const plain = decodeURIComponent;
  return { subscription: plain(subscription), group: plain(group), workspace: plain(workspace) };
}

function within(where: Where, path: string, query: Record<string, string> = {}): string {
  const more = Object.entries(query).map(([key, value]) => `&${key}=${enc(value)}`);
  return `${path}?wsid=${workspaceId(where)}${more.join("")}`;
}

export const paths = {
  home: () => "/",
  subscriptions: () => "/subscriptions",
  resourceGroups: (subscription?: string) => (subscription ? `/resourcegroups?subscription=${enc(subscription)}` : "/resourcegroups"),
  resourceGroup: (subscription: string, group: string) =>
    `/subscriptions/${enc(subscription)}/resourcegroups/${enc(group)}`,
  workspace: (where: Where) => workspaceId(where),
  activity: (where?: Where) => (where ? `${workspaceId(where)}/activity` : "/activity"),
  groupActivity: (subscription: string, group: string) =>
    `/subscriptions/${enc(subscription)}/resourcegroups/${enc(group)}/activity`,
  createWorkspace: (group?: string) => (group ? `/create/workspace?group=${enc(group)}` : "/create/workspace"),
  storage: (where: Where, path = "") => `${workspaceId(where)}/storage/${path.split("/").map(enc).join("/")}`,
  keyVault: (where: Where, secret?: string) => `${workspaceId(where)}/keyvault${secret ? `?secret=${enc(secret)}` : ""}`,
  insights: (where: Where, query: Record<string, string> = {}) => {
    const pairs = Object.entries(query).map(([name, value]) => `${name}=${enc(value)}`);
    return `${workspaceId(where)}/insights${pairs.length > 0 ? `?${pairs.join("&")}` : ""}`;
  },
  studio: (where: Where) => within(where, "/home"),
  experiments: (where: Where) => within(where, "/experiments"),
  allRuns: (where: Where) => within(where, "/runs"),
  experiment: (where: Where, name: string) => within(where, `/experiments/${enc(name)}`),
  compare: (where: Where, runs: string[]) => within(where, "/compare", { runs: runs.join(",") }),
  run: (where: Where, id: string, tab?: string) => within(where, `/runs/${enc(id)}`, tab ? { tab } : {}),
  models: (where: Where) => within(where, "/models"),
  model: (where: Where, name: string, version: number, tab = "details") =>
    within(where, `/model/${enc(name)}:${version}/${tab}`),
  compute: (where: Where) => within(where, "/compute"),
  instance: (where: Where, name: string) => within(where, `/compute/${enc(name)}`),
  notebooks: (where: Where, path = "") => within(where, `/notebooks/${path.split("/").map(enc).join("/")}`),
  data: (where: Where, path = "") => within(where, `/data/${path.split("/").map(enc).join("/")}`),
  settings: (where: Where) => within(where, "/settings"),
};
