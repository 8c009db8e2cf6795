/** An order as one word of the address: `-created_at` begins with the newest. */

import type { Sort } from "../../ui/Grid";

export function sortOf(word: string): Sort {
  return { column: word.replace(/^-/, ""), descending: word.startsWith("-") };
}

export function wordOf({ column, descending }: Sort): string {
  return descending ? `-${column}` : column;
}
