/** Views that the reader gave a name: each is the words of an address, kept in this browser for one list of runs. */

import type { Where } from "../../paths";

export interface SavedView {
  name: string;
  /** The address without its workspace, in a fixed order. */
  query: string;
}

const KEY = "workstead.views";

/** The list that views belong to: an experiment's, or that of all runs. */
export function listOf({ subscription, group, workspace }: Where, experiment = ""): string {
  return [subscription, group, workspace, experiment].join("/");
}

/** What of an address is the view. */
export function queryOf(search: string): string {
  const words = new URLSearchParams(search);
  words.delete("wsid");
  words.sort();
  return words.toString();
}

export function savedViews(list: string): SavedView[] {
  return readAll()[list] ?? [];
}

/** Keep a view, in place of one of that name. */
export function saveView(list: string, view: SavedView): SavedView[] {
  const others = savedViews(list).filter(({ name }) => name !== view.name);
  return keep(list, [...others, view].sort((a, b) => a.name.localeCompare(b.name)));
}

export function forgetView(list: string, name: string): SavedView[] {
  return keep(list, savedViews(list).filter((view) => view.name !== name));
}

function keep(list: string, views: SavedView[]): SavedView[] {
  localStorage.setItem(KEY, JSON.stringify({ ...readAll(), [list]: views }));
  return views;
}

function readAll(): Record<string, SavedView[]> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Record<string, SavedView[]>) : {};
  } catch {
    return {};
  }
}
