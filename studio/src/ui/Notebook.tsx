/** A Jupyter notebook, cell by cell, with its outputs. Nothing in it is ever run. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import Markdown, { defaultUrlTransform } from "react-markdown";
import gfm from "remark-gfm";
import css from "./Notebook.module.css";
import { errorOf, reach } from "../api/client";
import { SafeHtml } from "./SafeHtml";
import { Empty, Waiting } from "./States";
import { type Cell, type Output, parseNotebook, plain, textOf } from "./cells";

export default function NotebookFile({ url, size }: { url: string; size: number }) {
  const { data, error } = useQuery({ queryKey: ["notebook", url, size], queryFn: () => readAll(url) });
  if (error) return <Empty title="This file cannot be read">{error.message}</Empty>;
  return data === undefined ? <Waiting /> : <Notebook text={data} />;
}

async function readAll(url: string): Promise<string> {
  const reply = await reach(url);
  if (!reply.ok) throw errorOf(await reply.json().catch(() => null), reply.status);
  return reply.text();
}

function Notebook({ text }: { text: string }) {
  const cells = useMemo(() => parseNotebook(text), [text]);
  if (cells === null) return <Empty title="This is no notebook">Its contents are not those of a Jupyter notebook; download it to see them.</Empty>;
  if (cells.length === 0) return <Empty title="This notebook is empty" />;
  return (
    <div className={css.scroll} tabIndex={0} role="region" aria-label="Notebook">
      <ol className={css.notebook}>
        {cells.map((cell, at) => (
          <li key={cell.id ?? at} className={css.cell}>
            <CellView cell={cell} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function CellView({ cell }: { cell: Cell }) {
  const source = textOf(cell.source);
  if (cell.cell_type === "markdown") return <Prose cell={cell} source={source} />;
  if (cell.cell_type !== "code") return <pre className={css.raw}>{source}</pre>;
  return (
    <>
      <div className={css.input}>
        <Prompt>{cell.execution_count == null ? "[ ]" : `[${cell.execution_count}]`}</Prompt>
        <pre className={css.source} tabIndex={0}>
          <code>{source}</code>
        </pre>
      </div>
      {cell.outputs.length > 0 && (
        <div className={css.input}>
          <Prompt />
          <div className={css.outputs}>
            {cell.outputs.map((output, at) => (
              <OutputView key={at} output={output} />
            ))}
          </div>
        </div>
      )}
    </>
  );
}

function Prompt({ children }: { children?: string }) {
  return <span className={css.prompt}>{children}</span>;
}

function Prose({ cell, source }: { cell: Cell; source: string }) {
  const resolve = (url: string) => attached(cell, url) ?? defaultUrlTransform(url);
  return (
    <div className={css.prose}>
      <Markdown
        remarkPlugins={[gfm]}
        urlTransform={resolve}
        components={{
          // Headings of a notebook stand below those of the page.
          h1: "h3",
          h2: "h4",
          h3: "h5",
          h4: "h6",
          a: ({ href, children }) => (
            <a href={href} target="_blank" rel="noopener noreferrer">
              {children}
            </a>
          ),
        }}
      >
        {source}
      </Markdown>
    </div>
  );
}

/** The picture that `attachment:name` stands for, as an address of its own. */
function attached(cell: Cell, url: string): string | null {
  if (!url.startsWith("attachment:")) return null;
  const found = cell.attachments[decodeURIComponent(url.slice("attachment:".length))] ?? {};
  const [kind, data] = Object.entries(found).find(([name]) => name.startsWith("image/")) ?? [];
  return kind && data ? `data:${kind};base64,${textOf(data)}` : "";
}

function OutputView({ output }: { output: Output }) {
  if (output.output_type === "stream") {
    return <pre className={output.name === "stderr" ? `${css.text} ${css.stderr}` : css.text}>{plain(textOf(output.text))}</pre>;
  }
  if (output.output_type === "error") {
    const trace = output.traceback?.length ? output.traceback.join("\n") : `${output.ename}: ${output.evalue}`;
    return <pre className={`${css.text} ${css.error}`}>{plain(trace)}</pre>;
  }
  return <Rich data={output.data ?? {}} />;
}

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** The richest form that can be shown without running anything. */
function Rich({ data }: { data: Record<string, unknown> }) {
  const picture = PICTURES.find((kind) => kind in data);
  const alt = textOf(data["text/plain"]) || "Output";
  if (picture) return <img className={css.picture} src={`data:${picture};base64,${textOf(data[picture]).replace(/\s/g, "")}`} alt={alt} />;
  // As a picture an SVG can neither run scripts nor fetch anything.
  if (data["image/svg+xml"]) return <img className={css.picture} src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(data["image/svg+xml"]))}`} alt={alt} />;
  if (data["text/html"]) return <SafeHtml html={textOf(data["text/html"])} />;
  if (data["text/markdown"]) return <Markdown remarkPlugins={[gfm]}>{textOf(data["text/markdown"])}</Markdown>;
  if (data["application/json"] !== undefined) return <pre className={css.text}>{JSON.stringify(data["application/json"], null, 2)}</pre>;
  if (data["text/plain"]) return <pre className={css.text}>{plain(textOf(data["text/plain"]))}</pre>;
  const kinds = Object.keys(data).join(", ");
  return kinds ? <p className={css.text}>An output of type {kinds}, which is not shown here.</p> : null;
}
