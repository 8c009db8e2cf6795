/** HTML from a notebook, rebuilt from the few elements that carry text and tables; all else is left out. */

import { Fragment, type ReactNode, createElement, useMemo } from "react";
import css from "./Notebook.module.css";

const KEPT = new Set(
  "a b blockquote br caption code dd div dl dt em h1 h2 h3 h4 h5 h6 hr i kbd li ol p pre s small span strong sub sup table tbody td tfoot th thead tr u ul".split(" "),
);
const DROPPED = new Set("script style iframe object embed template noscript svg math title head textarea select".split(" "));
const SPANS = { colspan: "colSpan", rowspan: "rowSpan" } as const;

export function SafeHtml({ html }: { html: string }) {
  // A parsed document is inert: it loads nothing and runs nothing, and no node of it comes into the page.
  const nodes = useMemo(() => [...new DOMParser().parseFromString(quiet(html), "text/html").body.childNodes], [html]);
  return (
    <div className={css.html} tabIndex={0} role="region" aria-label="Output">
      {nodes.map(rebuilt)}
    </div>
  );
}

/** Without most of the styles and handlers that the page's policy would refuse, each with a line in the browser's console. */
function quiet(html: string): string {
  return html.replace(/<style[\s\S]*?<\/style>/gi, "").replace(/\s(style|on\w+)\s*=\s*("[^"]*"|'[^']*')/gi, "");
}

function rebuilt(node: Node, key: number): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (!(node instanceof Element)) return null;
  const name = node.localName;
  if (DROPPED.has(name)) return null;
  const inner = [...node.childNodes].map(rebuilt);
  if (!KEPT.has(name)) return <Fragment key={key}>{inner}</Fragment>;
  if (name === "br" || name === "hr") return createElement(name, { key });
  // Space between the parts of a table is nothing to React but a mistake.
  const parts = /^(table|thead|tbody|tfoot|tr)$/.test(name) ? inner.filter((part) => typeof part !== "string") : inner;
  return createElement(name, { key, ...attributesOf(node) }, ...parts);
}

function attributesOf(element: Element): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const [name, property] of Object.entries(SPANS)) {
    const count = Number(element.getAttribute(name));
    if (Number.isInteger(count) && count > 1 && count <= 1000) kept[property] = count;
  }
  const href = element.getAttribute("href") ?? "";
  if (element.localName === "a" && /^https?:\/\//i.test(href)) Object.assign(kept, { href, target: "_blank", rel: "noopener noreferrer" });
  return kept;
}
