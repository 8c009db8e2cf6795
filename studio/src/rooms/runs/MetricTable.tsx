/** A metric of rows, words or files, as a table of what was logged. */

import { useQuery } from "@tanstack/react-query";
import { Card } from "../../ui/Bits";
import { Waiting } from "../../ui/States";
import { formatValue } from "../../ui/format";
import { useInView } from "../../ui/useInView";
import { useWhere } from "../workspaces/where";
import { type Metric, type Run, type Series, seriesQuery } from "./queries";
import css from "./runs.module.css";

const MOST_ROWS = 500;

export function MetricTable({ run, metric }: { run: Run; metric: Metric }) {
  const [element, seen] = useInView<HTMLDivElement>();
  const { data: series } = useQuery({ ...seriesQuery(useWhere(), run.id, metric), enabled: seen });
  return (
    <div ref={element}>
      <Card title={metric.name} actions={<span className={css.gone}>{`${metric.count.toLocaleString("en-US")} rows`}</span>}>
        {series ? <Rows series={series} /> : <Waiting />}
      </Card>
    </div>
  );
}

function Rows({ series }: { series: Series }) {
  const columns = Object.entries(series.values);
  return (
    <div className={css.tableWrap} tabIndex={0} role="region" aria-label={`Rows of ${series.metric.name}`}>
      <table>
        <thead>
          <tr>
            {columns.map(([name]) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {series.index.slice(0, MOST_ROWS).map((index, at) => (
            <tr key={index}>
              {columns.map(([name, cells]) => (
                <td key={name}>{formatValue(cells[at])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
