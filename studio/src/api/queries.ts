/** What all rooms' queries share: the client, and lists read page by page. */

import { QueryClient, infiniteQueryOptions } from "@tanstack/react-query";
import { ServerAway } from "./client";
import { onReturn } from "./connection";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      networkMode: "always",
      retry: (_count, error) => error instanceof ServerAway,
      retryDelay: 1_500,
    },
    mutations: { networkMode: "always" },
  },
});

onReturn(() => void queryClient.invalidateQueries());

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

/** A list that grows page by page; its data is all rows read so far. */
export function pagedList<T>(key: readonly unknown[], read: (cursor: string | undefined) => Promise<Page<T>>) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<T>) => last.next_cursor ?? undefined,
    select: (data) => data.pages.flatMap((page) => page.items),
  });
}

/** Every row of a list, all pages one after the other. */
export async function readAll<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    rows.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return rows;
}
