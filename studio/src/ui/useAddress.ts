/** What a page shows, kept in its address: a link shares it and going back finds it again. */

import { useCallback } from "react";
import { useSearchParams } from "react-router";

export interface Address {
  /** A part of the address; empty where it is not there. */
  get: (name: string) => string;
  /** All parts of that name. */
  all: (name: string) => string[];
  /** Change parts; an empty one is left out. */
  set: (changes: Record<string, string | string[]>) => void;
}

export function useAddress(): Address {
  const [search, setSearch] = useSearchParams();
  const set = useCallback(
    (changes: Record<string, string | string[]>) =>
      setSearch(
        (now) => {
          for (const [name, value] of Object.entries(changes)) {
            now.delete(name);
            for (const each of [value].flat()) if (each) now.append(name, each);
          }
          return now;
        },
        { replace: true },
      ),
    [setSearch],
  );
  return { get: (name) => search.get(name) ?? "", all: (name) => search.getAll(name), set };
}

/** Words as one part of an address, whatever characters they have. */
export function joinWords(words: string[]): string {
  return words.map((word) => word.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");
}

/** The words that `joinWords` was given. */
export function splitWords(text: string): string[] {
  return text.split(",").filter(Boolean).map((word) => word.replaceAll("%2C", ",").replaceAll("%25", "%"));
}
