/** One operation end to end: every step as a bar where it began and as long as it took. */

import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Where } from "../../paths";
import { Card, Facts, Tags, Time } from "../../ui/Bits";
import { Result } from "./columns";
import css from "./insights.module.css";
import { milliseconds } from "./OverviewTab";
import { type Item, operationQuery } from "./queries";

export function OperationPanel({ where, operation }: { where: Where; operation: string }) {
  const { data: items } = useSuspenseQuery(operationQuery(where, operation));
  const steps = nested(items);
  const [chosen, setChosen] = useState(steps[0]?.item.id);
  const item = items.find(({ id }) => id === chosen);
  const begin = Math.min(...items.map(start));
  const whole = Math.max(...items.map((one) => start(one) + (one.duration_ms ?? 0))) - begin || 1;
  return (
    <div className={css.operation}>
      <Card title={`${items.length} steps in ${milliseconds(whole)}`}>
        <ol className={css.waterfall}>
          {steps.map(({ item: one, depth }) => (
            <li key={one.id}>
              <button type="button" className={css.step} aria-pressed={one.id === chosen} onClick={() => setChosen(one.id)}>
                <span className={css.stepName} style={{ paddingLeft: `${Math.min(depth, 8) * 14}px` }}>
                  <b>{one.name || one.kind}</b> <small>{one.kind}</small>
                </span>
                <span className={css.track}>
                  <span
                    className={`${css.span} ${one.success === false ? css.failed : css[one.kind] ?? ""}`}
                    style={{ left: `${(100 * (start(one) - begin)) / whole}%`, width: `${(100 * (one.duration_ms ?? 0)) / whole}%` }}
                  />
                </span>
                <span className={css.took}>{milliseconds(one.duration_ms)}</span>
              </button>
            </li>
          ))}
        </ol>
      </Card>
      {item && <Details item={item} />}
    </div>
  );
}

function Details({ item }: { item: Item }) {
  return (
    <Card title={item.name || item.kind}>
      <Facts
        items={[
          ["Kind", item.kind],
          ["Time", <Time key="at" at={item.at} />],
          ["Result", <Result key="result" item={item} />],
          ["Duration", milliseconds(item.duration_ms)],
          ["Program", item.role || "--"],
          ["Properties", <Tags key="tags" tags={item.properties} none="None" />],
        ]}
      />
      {item.message && <pre className={css.message}>{item.message}</pre>}
    </Card>
  );
}

function start({ at }: Item): number {
  return Date.parse(at);
}

interface Step {
  item: Item;
  depth: number;
}

/** Items in the order of a tree: whoever is named as a parent comes before its children. */
function nested(items: Item[]): Step[] {
  const spans = new Set(items.map(({ span_id }) => span_id).filter(Boolean));
  const children = new Map<string, Item[]>();
  for (const item of items) {
    const parent = spans.has(item.parent_id) && item.parent_id !== item.span_id ? item.parent_id : "";
    children.set(parent, [...(children.get(parent) ?? []), item]);
  }
  const steps: Step[] = [];
  const seen = new Set<string>();
  const walk = (parent: string, depth: number) => {
    for (const item of children.get(parent) ?? []) {
      if (seen.has(item.id)) continue;
      seen.add(item.id);
      steps.push({ item, depth });
      if (item.span_id) walk(item.span_id, depth + 1);
    }
  };
  walk("", 0);
  // Spans that name each other as parents belong to no tree, but are not to be lost.
  return [...steps, ...items.filter(({ id }) => !seen.has(id)).map((item) => ({ item, depth: 0 }))];
}
