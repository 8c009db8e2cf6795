/** The columns of a table of telemetry. */

import { Link } from "react-router";
import { type Where, paths } from "../../paths";
import { Time } from "../../ui/Bits";
import { formatNumber } from "../../ui/format";
import type { Column } from "../../ui/Grid";
import css from "./insights.module.css";
import { milliseconds } from "./OverviewTab";
import type { Item } from "./queries";

export function itemColumns(where: Where): Column<Item>[] {
  return [
    { id: "at", title: "Time", width: "180px", cell: ({ at }) => <Time at={at} /> },
    { id: "kind", title: "Kind", width: "110px", cell: ({ kind }) => kind },
    {
      id: "name",
      title: "Name",
      width: "minmax(220px, 2fr)",
      cell: ({ name, message, operation_id }) =>
        operation_id ? (
          <Link to={paths.insights(where, { operation: operation_id })} title={message}>
            {name || message || "--"}
          </Link>
        ) : (
          <span title={message}>{name || message || "--"}</span>
        ),
    },
    { id: "result", title: "Result", width: "110px", cell: (item) => <Result item={item} /> },
    { id: "duration", title: "Duration", width: "110px", end: true, cell: ({ duration_ms }) => milliseconds(duration_ms) },
    { id: "value", title: "Value", width: "100px", end: true, cell: ({ value }) => (value == null ? "--" : formatNumber(value)) },
    { id: "role", title: "Program", width: "minmax(100px, 1fr)", cell: ({ role }) => role || "--" },
  ];
}

export function Result({ item: { success, result_code } }: { item: Item }) {
  if (success == null) return <>--</>;
  return <span className={success ? "" : css.bad}>{`${success ? "Good" : "Failed"}${result_code ? ` ${result_code}` : ""}`}</span>;
}
