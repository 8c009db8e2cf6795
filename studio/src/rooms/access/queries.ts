/** Who is signed in. */

import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "../../api/client";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => ask(api.GET("/api/v1/access/me")),
  staleTime: Number.POSITIVE_INFINITY,
});

/** End this browser's session and go to the sign-in page. */
export async function signOut(): Promise<void> {
  await ask(api.POST("/api/v1/access/signout"));
  location.assign("/signin");
}
