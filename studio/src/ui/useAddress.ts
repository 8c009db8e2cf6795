/** What a page shows, kept in its address: a link shares it and going back finds it again. */

import { useCallback } from "react";
import { useNavigate, useSearchParams } from "react-router";

export interface Address {
  /** A part of the address; empty where it is not there. */
  get: (name: string) => string;
  /** All parts of that name. */
  all: (name: string) => string[];
  /** Change parts; an empty one is left out. */
  set: (changes: Changes) => void;
  /** The same, as a step that going back undoes. */
  go: (changes: Changes) => void;
}

type Changes = Record<string, string | string[]>;

export function useAddress(): Address {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const change = useCallback(
    (changes: Changes, replace: boolean) => {
      // The address itself, not what was drawn of it last: another change may have come meanwhile.
      const next = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(changes)) {
        next.delete(name);
        for (const each of [value].flat()) if (each) next.append(name, each);
      }
      // A switch that is turned has to show it at once; a step may keep what stands until the next page is there.
      void navigate({ search: `?${next}` }, { replace, flushSync: replace });
    },
    [navigate],
  );
  return {
    get: (name) => search.get(name) ?? "",
    all: (name) => search.getAll(name),
    set: useCallback((changes) => change(changes, true), [change]),
    go: useCallback((changes) => change(changes, false), [change]),
  };
}

/** Words as one part of an address, whatever characters they have. */
export function joinWords(words: string[]): string {
  return words.map((word) => word.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");
}

/** The words that `joinWords` was given. */
export function splitWords(text: string): string[] {
  return text.split(",").filter(Boolean).map((word) => word.replaceAll("%2C", ",").replaceAll("%25", "%"));
}
