/** Who is signed in, and the tokens that hold. */

import { queryOptions } from "@tanstack/react-query";
import { type Schema, api, ask } from "../../api/client";
import { pagedList, queryClient } from "../../api/queries";

export type Token = Schema<"Token">;
export type Role = Token["role"];

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => ask(api.GET("/api/v1/access/me")),
  staleTime: Number.POSITIVE_INFINITY,
});

export const tokensQuery = pagedList(["tokens"], (cursor) => ask(api.GET("/api/v1/access/tokens", { params: { query: { cursor, limit: 200 } } })));

/** Make a token; its secret, which is shown this once. */
export async function createToken(asked: Schema<"TokenCreate">): Promise<string> {
  const made = await ask(api.POST("/api/v1/access/tokens", { body: asked }));
  await queryClient.invalidateQueries({ queryKey: ["tokens"] });
  return made.secret;
}

export async function revokeToken(id: string): Promise<void> {
  await ask(api.DELETE("/api/v1/access/tokens/{token_id}", { params: { path: { token_id: id } } }));
  await queryClient.invalidateQueries({ queryKey: ["tokens"] });
}

/** End this browser's session and go to the sign-in page. */
export async function signOut(): Promise<void> {
  await ask(api.POST("/api/v1/access/signout"));
  location.assign("/signin");
}
