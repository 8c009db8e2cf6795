/** A file's text, at most half a mebibyte of it: its beginning, or its end, which is followed while it grows. */

import { useQuery } from "@tanstack/react-query";
import { errorOf, reach } from "../api/client";
import { queryClient } from "../api/queries";

export const MOST_BYTES = 512 * 1024;
const ASK_MS = 1_000;
/** Bytes read again with what is new, to see that the file only grew. */
const OVERLAP = 256;

export interface FileText {
  /** Null where the bytes are no text. */
  text: string | null;
  /** Where in the file `bytes` begin. */
  begin: number;
  bytes: Uint8Array<ArrayBuffer>;
  /** Of the whole file. */
  size: number;
  etag: string;
}

interface Choice {
  /** Whether to show the file's end instead of its beginning. */
  end: boolean;
  /** Whether it may still grow. */
  live: boolean;
  /** Whether there is nothing to read. */
  skip?: boolean;
}

export function useFileText(url: string, size: number, { end, live, skip }: Choice) {
  const queryKey = ["text", url, end];
  return useQuery({
    queryKey,
    queryFn: () => readText(url, end ? Math.max(0, size - MOST_BYTES) : 0, end, queryClient.getQueryData<FileText>(queryKey)),
    enabled: skip !== true,
    refetchInterval: live ? ASK_MS : false,
    gcTime: 0,
    structuralSharing: false,
  });
}

async function readText(url: string, begin: number, end: boolean, before?: FileText): Promise<FileText> {
  const known = before && end ? before.begin + before.bytes.length : 0;
  const from = before && end ? Math.max(before.begin, known - OVERLAP) : begin;
  const headers: Record<string, string> = { Range: `bytes=${from}-${end ? "" : MOST_BYTES - 1}` };
  if (before) headers["If-None-Match"] = before.etag;
  const reply = await reach(url, { headers });
  if (before && reply.status === 304) return before;
  if (reply.status === 416) return before && end ? readText(url, 0, end) : made(new Uint8Array(), 0, 0, "");
  if (!reply.ok) throw errorOf(await reply.json().catch(() => null), reply.status);
  const bytes = new Uint8Array(await reply.arrayBuffer());
  const size = Number(/\/(\d+)$/.exec(reply.headers.get("Content-Range") ?? "")?.[1] ?? bytes.length);
  const etag = reply.headers.get("ETag") ?? "";
  if (!before || !end) return made(bytes, from, size, etag);
  const overlap = before.bytes.subarray(from - before.begin);
  const same = overlap.every((byte, at) => bytes[at] === byte);
  // A file that was written anew is read anew.
  return same ? grown(before, bytes.subarray(overlap.length), size, etag) : readText(url, Math.max(0, size - MOST_BYTES), end);
}

function grown(before: FileText, behind: Uint8Array, size: number, etag: string): FileText {
  const all = new Uint8Array(before.bytes.length + behind.length);
  all.set(before.bytes);
  all.set(behind, before.bytes.length);
  const cut = all.length > MOST_BYTES ? all.length - MOST_BYTES : 0;
  return made(all.slice(cut), before.begin + cut, size, etag);
}

function made(bytes: Uint8Array<ArrayBuffer>, begin: number, size: number, etag: string): FileText {
  return { text: decode(bytes, begin > 0), begin, bytes, size, etag };
}

function decode(bytes: Uint8Array, cutBefore: boolean): string | null {
  if (bytes.includes(0)) return null;
  // The first line is dropped where its beginning is missing.
  const lines = cutBefore ? bytes.subarray(bytes.indexOf(10) + 1) : bytes;
  try {
    // `stream` lets the last letter be cut in two.
    return new TextDecoder("utf-8", { fatal: true }).decode(lines, { stream: true });
  } catch {
    return null;
  }
}
