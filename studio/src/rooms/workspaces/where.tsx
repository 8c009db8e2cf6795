/** Which workspace a page is about: `?wsid=` in its address, else the one visited last. */

import { createContext, useContext } from "react";
import type { Where } from "../../paths";

const KEY = "workstead.recent";
const MOST = 8;

const Current = createContext<Where | null>(null);

export const WhereProvider = Current.Provider;

/** The workspace of the page; only below the workspace's layout. */
export function useWhere(): Where {
  const where = useContext(Current);
  if (where === null) throw new Error("this page stands outside of a workspace");
  return where;
}

export interface Visit extends Where {
  at: number;
}

/** Workspaces visited in this browser, newest first. */
export function recentVisits(): Visit[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? (kept as Visit[]) : [];
  } catch {
    return [];
  }
}

/** Remember that `where` was visited now. */
export function rememberVisit(where: Where): void {
  const others = recentVisits().filter((visit) => !sameWorkspace(visit, where));
  const visits = [{ ...where, at: Date.now() }, ...others].slice(0, MOST);
  localStorage.setItem(KEY, JSON.stringify(visits));
}

export function sameWorkspace(a: Where, b: Where): boolean {
  const key = ({ subscription, group, workspace }: Where) => `${subscription}/${group}/${workspace}`.toLowerCase();
  return key(a) === key(b);
}
