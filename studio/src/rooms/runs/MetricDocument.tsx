/** A metric that is a file of numbers: a confusion matrix, an accuracy table, residuals, predictions. */

import { Select } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { errorOf, reach } from "../../api/client";
import { Alert, Card } from "../../ui/Bits";
import { Chart } from "../../ui/Chart";
import { Waiting } from "../../ui/States";
import { useDark } from "../../ui/theme";
import { useInView } from "../../ui/useInView";
import { artifactUrl } from "../artifacts/queries";
import { useWhere } from "../workspaces/where";
import { type DocumentKind, chartOf, views } from "./documents";
import type { Metric, Run } from "./queries";
import css from "./runs.module.css";
import { useNewestRows } from "./useSeries";

/** Whether a metric is such a file. */
export function documentKind({ kind }: Metric): DocumentKind | null {
  return kind in views ? (kind as DocumentKind) : null;
}

interface Props {
  run: Run;
  metric: Metric;
  kind: DocumentKind;
}

export function MetricDocument({ run, metric, kind }: Props) {
  const [element, near] = useInView<HTMLDivElement>();
  const [view, setView] = useState<string>(views[kind][0]);
  const choose = views[kind].length > 1 && (
    <Select size="small" aria-label={`View of ${metric.name}`} value={view} onChange={(_, data) => setView(data.value)}>
      {views[kind].map((name) => (
        <option key={name}>{name}</option>
      ))}
    </Select>
  );
  return (
    <div ref={element} className={css.chart}>
      <Card title={metric.name} actions={choose}>
        {near && <Newest run={run} metric={metric} kind={kind} view={view} />}
      </Card>
    </div>
  );
}

function Newest({ run, metric, kind, view }: Props & { view: string }) {
  const { series, error } = useNewestRows(run, metric, 1, true);
  const path = series && Object.values(series.values)[0]?.at(-1);
  const url = artifactUrl(useWhere(), run.container, String(path));
  const read = useQuery({ queryKey: ["document", url], queryFn: () => readJson(url), enabled: typeof path === "string" });
  const problem = error ?? read.error;
  if (problem) return <Alert>{problem.message}</Alert>;
  if (read.data === undefined) return <Waiting />;
  return <Drawn name={metric.name} kind={kind} view={view} document={read.data} />;
}

function Drawn({ name, kind, view, document }: { name: string; kind: DocumentKind; view: string; document: unknown }) {
  const dark = useDark();
  const option = useMemo(() => {
    try {
      return chartOf(kind, document, view, dark);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }, [kind, document, view, dark]);
  if (option instanceof Error) return <Alert>{option.message}</Alert>;
  return <Chart label={`${view} of ${name}`} option={option} height={kind === "confusion_matrix" ? 360 : 300} />;
}

async function readJson(url: string): Promise<unknown> {
  const reply = await reach(url);
  if (!reply.ok) throw errorOf(await reply.json().catch(() => null), reply.status);
  return reply.json();
}
