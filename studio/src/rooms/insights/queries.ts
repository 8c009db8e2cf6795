/** A workspace's telemetry as the server has it. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Schema, api, ask } from "../../api/client";
import { pagedList, queryClient } from "../../api/queries";
import type { Where } from "../../paths";

export type Item = Schema<"TelemetryItem">;
export type Overview = Schema<"Overview">;
export type Figures = Schema<"OperationFigures">;
export type Live = Schema<"LiveTelemetry">;
export type Insights = Schema<"Insights">;
export type FailureKind = "request" | "dependency" | "exception";

/** From and to as ISO moments; without `until`, up to now. */
export interface Span {
  since: string;
  until?: string | undefined;
}

const W = "/api/v1/subscriptions/{subscription}/resourceGroups/{group}/workspaces/{workspace}";

export const insightsQuery = (where: Where) =>
  queryOptions({
    queryKey: ["insights", where],
    queryFn: () => ask(api.GET(`${W}/insights`, { params: { path: where } })),
  });

export const overviewQuery = (where: Where, span: Span) =>
  queryOptions({
    queryKey: ["insights overview", where, span],
    queryFn: () => ask(api.GET(`${W}/insights/overview`, { params: { path: where, query: { ...span } } })),
    placeholderData: keepPreviousData,
  });

export const operationsQuery = (where: Where, kind: FailureKind, span: Span) =>
  queryOptions({
    queryKey: ["insights operations", where, kind, span],
    queryFn: () => ask(api.GET(`${W}/insights/operations`, { params: { path: where, query: { kind, ...span } } })),
    placeholderData: keepPreviousData,
  });

export const itemsQuery = (where: Where, filter: string, span: Span) => ({
  ...pagedList(["insights items", where, filter, span], (cursor) =>
    ask(api.GET(`${W}/insights/items`, { params: { path: where, query: { filter, ...span, cursor, limit: 100 } } })),
  ),
  retry: false,
});

export const operationQuery = (where: Where, operation: string) =>
  queryOptions({
    queryKey: ["insights operation", where, operation],
    queryFn: () =>
      ask(api.GET(`${W}/insights/operations/{operation_id}`, { params: { path: { ...where, operation_id: operation } } })),
  });

/** How programs send here; asked for on demand, since the answer holds a key, and never kept. */
export const readConnection = (where: Where) => ask(api.POST(`${W}/insights/connection`, { params: { path: where } }));

export async function updateInsights(where: Where, body: Schema<"InsightsUpdate">): Promise<void> {
  await ask(api.PATCH(`${W}/insights`, { params: { path: where }, body }));
  await queryClient.invalidateQueries({ queryKey: ["insights", where] });
}
