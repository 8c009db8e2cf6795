/** A metric of rows: as a table of what was logged, and as a chart of its columns of numbers. */

import { Select, Tab, TabList } from "@fluentui/react-components";
import { useMemo, useState } from "react";
import { Card } from "../../ui/Bits";
import { Chart, type ChartOption } from "../../ui/Chart";
import { LineChart } from "../../ui/LineChart";
import { Waiting } from "../../ui/States";
import { asNumber, formatValue } from "../../ui/format";
import { useInView } from "../../ui/useInView";
import type { Metric, Run, Series } from "./queries";
import css from "./runs.module.css";
import { useNewestRows } from "./useSeries";

const MOST_ROWS = 2000;
const ROW_NUMBER = "";

type Cells = Series["values"][string];

export function MetricTable({ run, metric }: { run: Run; metric: Metric }) {
  const [element, near] = useInView<HTMLDivElement>();
  const drawable = metric.count > 1 && Object.values(metric.columns).some(isNumber);
  const [view, setView] = useState<unknown>(drawable ? "chart" : "table");
  const turn = drawable && (
    <TabList size="small" selectedValue={view} onTabSelect={(_, data) => setView(data.value)}>
      <Tab value="chart">Chart</Tab>
      <Tab value="table">Table</Tab>
    </TabList>
  );
  return (
    <div ref={element} className={css.chart}>
      <Card title={metric.name} actions={turn || rowCount(metric)}>
        {near && <Rows run={run} metric={metric} chart={view === "chart"} />}
      </Card>
    </div>
  );
}

function isNumber(type: string): boolean {
  return type === "int" || type === "double";
}

function rowCount({ count }: Metric) {
  return <span className={css.gone}>{count === 1 ? "1 row" : `${count.toLocaleString("en-US")} rows`}</span>;
}

function Rows({ run, metric, chart }: { run: Run; metric: Metric; chart: boolean }) {
  const { series, error } = useNewestRows(run, metric, MOST_ROWS, true);
  if (error) return <p>{error.message}</p>;
  if (!series) return <Waiting />;
  return (
    <>
      {chart ? <Columns series={series} /> : <Table series={series} />}
      {metric.count > MOST_ROWS && <p className={css.gone}>{`The newest ${MOST_ROWS.toLocaleString("en-US")} of ${metric.count.toLocaleString("en-US")} rows.`}</p>}
    </>
  );
}

/** The columns of numbers against the row's number or another column: bars over words, curves over numbers. */
function Columns({ series }: { series: Series }) {
  const types = Object.entries(series.metric.columns);
  const words = types.find(([, type]) => type === "string")?.[0];
  const [across, setAcross] = useState(words ?? ROW_NUMBER);
  const drawn = types.filter(([name, type]) => isNumber(type) && name !== across).map(([name]) => name);
  const label = `Chart of ${series.metric.name}`;
  const overWords = series.metric.columns[across] === "string";
  return (
    <>
      {types.length > 1 && (
        <label className={css.across}>
          Over
          <Select size="small" value={across} onChange={(_, data) => setAcross(data.value)}>
            <option value={ROW_NUMBER}>Row number</option>
            {types.map(([name]) => (
              <option key={name}>{name}</option>
            ))}
          </Select>
        </label>
      )}
      {overWords ? <Bars label={label} series={series} across={across} drawn={drawn} /> : <Lines label={label} series={series} across={across} drawn={drawn} />}
    </>
  );
}

interface DrawnProps {
  label: string;
  series: Series;
  across: string;
  drawn: string[];
}

function Lines({ label, series, across, drawn }: DrawnProps) {
  const curves = useMemo(() => {
    const x = (at: number) => (across === ROW_NUMBER ? (series.index[at] ?? at) : (asNumber(series.values[across]?.[at]) ?? Number.NaN));
    const order = series.index.map((_, at) => at).filter((at) => Number.isFinite(x(at)));
    order.sort((a, b) => x(a) - x(b) || a - b);
    return drawn.map((name) => ({ label: name, x: order.map(x), y: order.map((at) => asNumber(series.values[name]?.[at])) }));
  }, [series, across, drawn]);
  return <LineChart key={across} label={label} curves={curves} xLabel={across || "Row"} height={220} />;
}

function Bars({ label, series, across, drawn }: DrawnProps) {
  const option = useMemo(
    (): ChartOption => ({
      legend: { top: 0, show: drawn.length > 1 },
      grid: { left: 8, right: 8, top: 36, bottom: 8, containLabel: true },
      xAxis: { type: "category", data: (series.values[across] ?? []).map(formatValue) },
      yAxis: { type: "value" },
      tooltip: { renderMode: "richText", trigger: "axis" },
      series: drawn.map((name) => ({ type: "bar", name, data: (series.values[name] ?? []).map((cell) => asNumber(cell) ?? "-") })),
    }),
    [series, across, drawn],
  );
  return <Chart label={label} option={option} height={250} />;
}

function Table({ series }: { series: Series }) {
  const columns: [string, Cells][] = Object.entries(series.values);
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
          {series.index.map((index, at) => (
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
