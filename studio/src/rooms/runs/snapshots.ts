/** What differs between two snapshots. */

import { queryOptions } from "@tanstack/react-query";
import { type Schema, api, ask } from "../../api/client";
import type { Where } from "../../paths";

export type Snapshot = Schema<"Snapshot">;

const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";
const MOST = 200;

/** The newest runs of an experiment: those that one is likely to be compared with. */
export const siblingsQuery = (where: Where, experiment: string) =>
  queryOptions({
    queryKey: ["runs", where, "siblings", experiment],
    queryFn: () => ask(api.GET(`${W}/runs`, { params: { path: where, query: { experiment, limit: MOST, include_children: true } } })),
    select: ({ items }) => items,
  });

export interface Difference {
  path: string;
  kind: "added" | "removed" | "changed";
}

/** The files that differ, by path. */
export function differences(before: Snapshot, after: Snapshot): Difference[] {
  const found: Difference[] = [];
  for (const path of new Set([...Object.keys(before.files), ...Object.keys(after.files)])) {
    const [old, now] = [before.files[path], after.files[path]];
    if (!old) found.push({ path, kind: "added" });
    else if (!now) found.push({ path, kind: "removed" });
    else if (old.sha256 !== now.sha256) found.push({ path, kind: "changed" });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
