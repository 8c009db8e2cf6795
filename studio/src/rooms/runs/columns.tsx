/** Fields of runs as columns of a table. */

import { StarRegular } from "@fluentui/react-icons/svg/star";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { type Where, paths } from "../../paths";
import { Tags, Time } from "../../ui/Bits";
import type { Column } from "../../ui/Grid";
import { formatValue } from "../../ui/format";
import { Duration } from "./Duration";
import { RunName } from "./RunName";
import { RunStatusMark } from "./RunStatusMark";
import { Star } from "./Star";
import { type Field, fieldOf, isTime } from "./fields";
import type { Run } from "./queries";

const UNSORTABLE = ["starred", "experiment", "script_name", "description", "tags"];
const WIDTHS: Record<string, string> = {
  display_name: "minmax(260px, 1fr)",
  starred: "48px",
  experiment: "200px",
  status: "140px",
  duration: "100px",
  number: "90px",
  id: "320px",
  tags: "minmax(180px, 1fr)",
};
const CELLS: Record<string, (where: Where, run: Run) => ReactNode> = {
  display_name: (_where, run) => <RunName run={run} />,
  starred: (_where, run) => <Star run={run} />,
  experiment: (where, { experiment }) => <Link to={paths.experiment(where, experiment)}>{experiment}</Link>,
  status: (_where, run) => <RunStatusMark status={run.status} />,
  duration: (_where, run) => <Duration run={run} />,
  tags: (_where, run) => <Tags tags={run.tags} none="" />,
};

/** The column of a field; undefined for a field that runs cannot have. */
export function columnOf(where: Where, id: string): Column<Run> | undefined {
  const field = fieldOf(id);
  if (field === undefined) return undefined;
  const cell = CELLS[id];
  return {
    id,
    title: field.title,
    heading: id === "starred" ? <StarRegular aria-label="Starred" /> : undefined,
    pinned: id === "display_name",
    width: WIDTHS[id] ?? (isTime(field) ? "190px" : "130px"),
    end: field.group === "Metrics" || id === "duration" || id === "number",
    sortable: !UNSORTABLE.includes(id),
    cell: cell ? (run) => cell(where, run) : (run) => plain(field, run),
  };
}

function plain(field: Field, run: Run): ReactNode {
  const value = field.value(run);
  if (value === null || value === undefined) return "";
  return isTime(field) ? <Time at={String(value)} /> : formatValue(value);
}
