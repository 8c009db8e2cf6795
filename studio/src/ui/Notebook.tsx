/** A Jupyter notebook to be read: its cells and outputs. Nothing of it is run, and no HTML of it is taken over. */

import { useMemo } from "react";
import css from "./Notebook.module.css";
import { Empty } from "./States";

interface Output {
  output_type?: string;
  text?: unknown;
  data?: Record<string, unknown>;
  ename?: string;
  evalue?: string;
  traceback?: unknown;
}

interface Cell {
  cell_type?: string;
  source?: unknown;
  execution_count?: number | null;
  outputs?: Output[];
}

export function Notebook({ text }: { text: string }) {
  const cells = useMemo(() => cellsOf(text), [text]);
  if (!cells) return <Empty title="This is no notebook">It is not the JSON that Jupyter writes. Its source can be seen all the same.</Empty>;
  return (
    <div className={css.notebook} tabIndex={0} role="region" aria-label="Notebook">
      {cells.map((cell, at) => (cell.cell_type === "code" ? <Code key={at} cell={cell} /> : <Prose key={at} text={joined(cell.source)} />))}
    </div>
  );
}

function cellsOf(text: string): Cell[] | null {
  try {
    const { cells } = JSON.parse(text) as { cells?: unknown };
    return Array.isArray(cells) ? (cells as Cell[]).filter((cell) => typeof cell === "object" && cell !== null) : null;
  } catch {
    return null;
  }
}

/** Jupyter keeps texts whole or as lists of lines. */
function joined(text: unknown): string {
  return Array.isArray(text) ? text.map(String).join("") : String(text ?? "");
}

function Prose({ text }: { text: string }) {
  return (
    <div className={css.prose}>
      {text.split("\n").map((line, at) => {
        const heading = /^(#{1,6})\s+(.*)$/.exec(line);
        return heading ? <b key={at}>{heading[2]}</b> : <span key={at}>{`${line}\n`}</span>;
      })}
    </div>
  );
}

function Code({ cell }: { cell: Cell }) {
  return (
    <div className={css.cell}>
      <span className={css.count}>[{cell.execution_count ?? " "}]</span>
      <div className={css.side}>
        <pre className={css.source}>{joined(cell.source)}</pre>
        {(Array.isArray(cell.outputs) ? cell.outputs : []).map((output, at) => (
          <Shown key={at} output={output} />
        ))}
      </div>
    </div>
  );
}

function Shown({ output }: { output: Output }) {
  const { data = {} } = output;
  const image = (["image/png", "image/jpeg"] as const).find((type) => type in data);
  if (image) return <img src={`data:${image};base64,${joined(data[image]).replace(/\s/g, "")}`} alt="Output" />;
  if ("image/svg+xml" in data) return <img src={`data:image/svg+xml,${encodeURIComponent(joined(data["image/svg+xml"]))}`} alt="Output" />;
  if (output.output_type === "error") return <pre className={css.error}>{plain(joined(output.traceback) || `${output.ename}: ${output.evalue}`)}</pre>;
  const text = joined(output.text ?? data["text/plain"]);
  if (text) return <pre className={css.output}>{plain(text)}</pre>;
  return Object.keys(data).length > 0 ? <p className={css.note}>An output of type {Object.keys(data).join(", ")}, which is not shown here.</p> : null;
}

/** Without the colours of terminals. */
function plain(text: string): string {
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}
