/** Operations by their failures; each leads to what failed. */

import { Tab, TabList } from "@fluentui/react-components";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { type Where, paths } from "../../paths";
import { formatNumber } from "../../ui/format";
import { type Column, Grid } from "../../ui/Grid";
import { Empty } from "../../ui/States";
import css from "./insights.module.css";
import { milliseconds } from "./OverviewTab";
import { type FailureKind, type Figures, type Span, operationsQuery } from "./queries";

export function FailuresTab({ where, span }: { where: Where; span: Span }) {
  const [kind, setKind] = useState<FailureKind>("request");
  const { data: rows } = useSuspenseQuery(operationsQuery(where, kind, span));
  return (
    <div className={css.stack}>
      <TabList size="small" selectedValue={kind} onTabSelect={(_, { value }) => setKind(value as FailureKind)}>
        <Tab value="request">Requests</Tab>
        <Tab value="dependency">Dependencies</Tab>
        <Tab value="exception">Exceptions</Tab>
      </TabList>
      <Grid label="Operations" rows={rows} rowId={({ name }) => name} columns={columnsOf(where)} empty={<Empty title="Nothing came in this time" />} />
    </div>
  );
}

function columnsOf(where: Where): Column<Figures>[] {
  return [
    {
      id: "name",
      title: "Operation",
      width: "minmax(200px, 2fr)",
      cell: ({ kind, name, failures }) => {
        const filter = `kind = '${kind}' and name = '${name.replaceAll("'", "''")}'${failures > 0 ? " and success = false" : ""}`;
        return <Link to={paths.insights(where, { tab: "search", filter })}>{name}</Link>;
      },
    },
    {
      id: "failures",
      title: "Failures",
      width: "110px",
      end: true,
      cell: ({ failures }) => <span className={failures > 0 ? css.bad : ""}>{formatNumber(failures)}</span>,
    },
    { id: "count", title: "Count", width: "100px", end: true, cell: ({ count }) => formatNumber(count) },
    { id: "rate", title: "Failed", width: "90px", end: true, cell: ({ count, failures }) => `${formatNumber(Math.round((1000 * failures) / count) / 10)} %` },
    { id: "mean", title: "Mean", width: "100px", end: true, cell: (row) => milliseconds(row.mean_ms) },
    { id: "p50", title: "p50", width: "100px", end: true, cell: (row) => milliseconds(row.p50_ms) },
    { id: "p95", title: "p95", width: "100px", end: true, cell: (row) => milliseconds(row.p95_ms) },
    { id: "p99", title: "p99", width: "100px", end: true, cell: (row) => milliseconds(row.p99_ms) },
  ];
}
