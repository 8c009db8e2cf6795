/** The config.json that leads scripts to a workspace. */

import type { Where } from "../../paths";

export function configText({ subscription, group, workspace }: Where): string {
  return JSON.stringify({ subscription_id: subscription, resource_group: group, workspace_name: workspace }, null, 4);
}

/** The file as an address that a link can save. */
export function configUrl(where: Where): string {
  return `data:application/json;charset=utf-8,${encodeURIComponent(configText(where))}`;
}
