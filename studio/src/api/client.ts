/** The one way to the server: typed by our OpenAPI, with errors as sentences. */

import createClient from "openapi-fetch";
import type { Where } from "../paths";
import { lost } from "./connection";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];
export type Schema<Name extends keyof Schemas> = Schemas[Name];

/** An answer of the server that is not the one hoped for. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
  ) {
    super(message);
  }
}

/** No server answered. */
export class ServerAway extends Error {
  constructor() {
    super("The server does not answer. This page goes on by itself when it is back.");
  }
}

/** `fetch` that notices when nobody answers and when the session is over. */
export async function reach(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  let reply: Response;
  try {
    reply = await fetch(input, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    lost();
    throw new ServerAway();
  }
  if (reply.status === 401) signIn();
  return reply;
}

function signIn(): void {
  const here = location.pathname + location.search;
  location.assign(`/signin?next=${encodeURIComponent(here)}`);
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: reach });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer, or its error as an exception. */
export async function ask<T>(request: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await request;
  if (!response.ok) throw errorOf(error, response.status);
  return data as T;
}

/** What an error's body says; a sentence of our own where it says nothing. */
export function errorOf(body: unknown, status: number): ApiError {
  const { error } = (body ?? {}) as { error?: { code?: unknown; message?: unknown } };
  if (typeof error?.message === "string") return new ApiError(error.message, status, String(error.code));
  return new ApiError(`the server answered with status ${status} and gave no reason`, status, "error");
}

/** An error as a sentence that begins with a capital. */
export function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** The route of something in a workspace, for links and downloads. */
export function route(where: Where, ...parts: string[]): string {
  const enc = encodeURIComponent;
  const base = `/api/v1/subscriptions/${enc(where.subscription)}/resourceGroups/${enc(where.group)}/workspaces/`;
  return base + [where.workspace, ...parts.flatMap((part) => part.split("/"))].map(enc).join("/");
}
