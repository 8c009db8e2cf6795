/** One file shown as what it is: text, table, picture, page, notebook, or plainly «binary». Nothing in it is ever run. */

import { Button, Tab, TabList, Tooltip } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { Suspense, lazy, useMemo, useState } from "react";
import css from "./Files.module.css";
import type { FileItem } from "./Files";
import { Empty, Waiting } from "./States";
import { TextView } from "./TextView";
import { parseCsv } from "./csv";
import { formatSize } from "./format";
import { MOST_BYTES, useFileText } from "./useFileText";

const Notebook = lazy(() => import("./Notebook"));

const MOST_ROWS = 500;
const MOST_NOTEBOOK_BYTES = 32 * 1024 * 1024;

/** How a kind of file is shown; the first is taken unless the reader chooses. */
type View = "Picture" | "Page" | "Notebook" | "Table" | "Text" | "End";

const KINDS: [RegExp, View[]][] = [
  [/\.(png|jpe?g|gif|webp|bmp|ico|avif)$/i, ["Picture"]],
  [/\.svg$/i, ["Picture", "Text"]],
  [/\.html?$/i, ["Page", "Text"]],
  [/\.ipynb$/i, ["Notebook", "Text"]],
  [/\.csv$/i, ["Table", "Text"]],
];

interface Props {
  file: FileItem;
  /** Where the file is to be seen, not saved. */
  url: string;
  download: string;
  /** Whether the file may still grow. */
  live?: boolean;
}

function viewsOf({ path, size }: FileItem, live: boolean): View[] {
  const found = KINDS.find(([pattern]) => pattern.test(path))?.[1];
  if (found) return found;
  if (live) return ["End", "Text"];
  return size > MOST_BYTES ? ["Text", "End"] : ["Text"];
}

export function FileView({ file, url, download, live = false }: Props) {
  const views = viewsOf(file, live);
  const [chosen, setChosen] = useState<View | null>(null);
  const view = views.find((name) => name === chosen) ?? views[0] ?? "Text";
  const name = (each: View) => (each === "Text" && views.includes("End") ? "Beginning" : each === "End" && live ? "Follow" : each);
  return (
    <section className={css.view} aria-label={file.path}>
      <div className={css.viewBar}>
        <b>{file.path}</b>
        <span className={css.note}>{formatSize(file.size)}</span>
        <span className={css.space} />
        {views.length > 1 && (
          <TabList size="small" selectedValue={view} onTabSelect={(_, data) => setChosen(data.value as View)}>
            {views.map((each) => (
              <Tab key={each} value={each}>
                {name(each)}
              </Tab>
            ))}
          </TabList>
        )}
        <Tooltip content="Download" relationship="label">
          <Button as="a" href={download} download appearance="subtle" icon={<ArrowDownloadRegular />} />
        </Tooltip>
      </div>
      <Shown file={file} url={url} view={view} live={live} />
    </section>
  );
}

function Shown({ file, url, view, live }: { file: FileItem; url: string; view: View; live: boolean }) {
  if (view === "Picture") {
    return (
      <div className={css.image}>
        <img src={url} alt={file.path} />
      </div>
    );
  }
  // The server sandboxes the file's own address as well.
  if (view === "Page") return <iframe className={css.page} src={url} sandbox="" title={file.path} />;
  if (view === "Notebook" && file.size <= MOST_NOTEBOOK_BYTES) {
    return (
      <Suspense fallback={<Waiting />}>
        <Notebook url={url} size={file.size} />
      </Suspense>
    );
  }
  return <Read key={view} file={file} url={url} view={view} live={live} />;
}

function Read({ file, url, view, live }: { file: FileItem; url: string; view: View; live: boolean }) {
  const { data, error } = useFileText(url, file.size, { end: view === "End", live });
  if (error) return <Empty title="This file cannot be read">{error.message}</Empty>;
  if (data === undefined) return <Waiting />;
  const { text, begin, bytes, size } = data;
  if (text === null) return <Empty title="This file is binary">Its {formatSize(file.size)} are not text; download it instead.</Empty>;
  if (size === 0) return <Empty title="This file is empty" />;
  const whole = bytes.length === size;
  const cut = whole ? "" : `The ${begin > 0 ? "last" : "first"} ${formatSize(bytes.length)} of ${formatSize(size)}`;
  if (view === "Table") return <Csv text={text} cut={cut} />;
  return <TextView text={/\.json$/i.test(file.path) && whole ? pretty(text) : text} cut={cut} follow={live && view === "End"} />;
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Csv({ text, cut }: { text: string; cut: string }) {
  const [head = [], ...rows] = useMemo(() => parseCsv(text, MOST_ROWS + 1), [text]);
  return (
    <>
      {(cut || rows.length >= MOST_ROWS) && <div className={css.viewBar}>{cut || `The first ${MOST_ROWS} rows.`}</div>}
      <div className={css.table} tabIndex={0} role="region" aria-label="Contents">
        <table>
          <thead>
            <tr>
              {head.map((name, at) => (
                <th key={at} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                {row.map((cell, column) => (
                  <td key={column}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
