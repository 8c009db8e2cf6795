/** The activity log as the server has it. */

import { type Schema, api, ask } from "../../api/client";
import { pagedList } from "../../api/queries";

export type Activity = Schema<"Activity">;

/** Where something was done; what is not given is not narrowed down. */
export interface Place {
  subscription?: string;
  group?: string;
  workspace?: string;
}

const SUBSCRIPTION = "/api/v1/subscriptions/{subscription}";
const GROUP = `${SUBSCRIPTION}/resourceGroups/{group}` as const;

/** What was done at a place and in all that lies in it, newest first. */
export const activityQuery = (place: Place) => pagedList(["activity", place], (cursor) => read(place, cursor));

function read({ subscription, group, workspace }: Place, cursor: string | undefined) {
  const query = { cursor, limit: 100 };
  if (!subscription) return ask(api.GET("/api/v1/activity", { params: { query } }));
  if (!group) return ask(api.GET(`${SUBSCRIPTION}/activity`, { params: { path: { subscription }, query } }));
  if (!workspace) return ask(api.GET(`${GROUP}/activity`, { params: { path: { subscription, group }, query } }));
  return ask(api.GET(`${GROUP}/workspaces/{workspace}/activity`, { params: { path: { subscription, group, workspace }, query } }));
}
