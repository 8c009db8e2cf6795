/** `West Europe` for `westeurope`. */

import { useQuery } from "@tanstack/react-query";
import { locationsQuery } from "./queries";

export function useLocationName(): (name: string) => string {
  const { data } = useQuery(locationsQuery);
  return (name) => data?.find((location) => location.name === name)?.display_name ?? name;
}
