/** Jupyter's notebook format (nbformat 4), as far as a reader needs it. */

export interface Cell {
  id?: string;
  cell_type: string;
  source: unknown;
  execution_count?: number | null;
  outputs: Output[];
  attachments: Record<string, Record<string, unknown>>;
}

export interface Output {
  output_type: string;
  name?: string;
  text?: unknown;
  data?: Record<string, unknown>;
  ename?: string;
  evalue?: string;
  traceback?: string[];
}

/** The cells of a notebook; null when the text is none. */
export function parseNotebook(text: string): Cell[] | null {
  try {
    const { cells } = JSON.parse(text) as { cells?: unknown };
    return Array.isArray(cells) ? cells.filter(isObject).map(cellOf) : null;
  } catch {
    return null;
  }
}

function cellOf(raw: Record<string, unknown>): Cell {
  const outputs = Array.isArray(raw.outputs) ? raw.outputs.filter(isObject) : [];
  return {
    id: typeof raw.id === "string" ? raw.id : undefined,
    cell_type: String(raw.cell_type),
    source: raw.source,
    execution_count: typeof raw.execution_count === "number" ? raw.execution_count : null,
    outputs: outputs.map(outputOf),
    attachments: isObject(raw.attachments) ? (raw.attachments as Cell["attachments"]) : {},
  };
}

function outputOf(raw: Record<string, unknown>): Output {
  return {
    output_type: String(raw.output_type),
    name: String(raw.name),
    text: raw.text,
    data: isObject(raw.data) ? raw.data : {},
    ename: String(raw.ename),
    evalue: String(raw.evalue),
    traceback: Array.isArray(raw.traceback) ? raw.traceback.map(String) : [],
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A multi-line string, which the format also writes as a list of lines. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join("");
  return value === undefined || value === null ? "" : String(value);
}

const ANSI = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** Text as a terminal would leave it: without colours, and each line as it was last written over. */
export function plain(text: string): string {
  const lines = text.replace(ANSI, "").replaceAll("\r\n", "\n").split("\n");
  return lines.map((line) => line.replace(/\r+$/, "").split("\r").at(-1)).join("\n");
}
