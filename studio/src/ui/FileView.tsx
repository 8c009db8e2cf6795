/** One file shown as what it is: text, table, picture, or plainly «binary». Nothing in it is ever run. */

import { Button, SearchBox, Switch, Tooltip } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { useQuery } from "@tanstack/react-query";
import { memo, useDeferredValue, useMemo, useState } from "react";
import { errorOf, reach } from "../api/client";
import { parseCsv } from "./csv";
import css from "./Files.module.css";
import type { FileItem } from "./Files";
import { Empty, Waiting } from "./States";
import { formatSize } from "./format";

const MOST_BYTES = 512 * 1024;
const MOST_ROWS = 500;
const IMAGES = /\.(png|jpe?g|gif|webp|bmp|svg|ico|avif)$/i;

interface Props {
  file: FileItem;
  url: string;
  download: string;
  live?: boolean;
}

export function FileView({ file, url, download, live }: Props) {
  const [search, setSearch] = useState("");
  const [wrap, setWrap] = useState(true);
  const image = IMAGES.test(file.path);
  return (
    <section className={css.view} aria-label={file.path}>
      <div className={css.viewBar}>
        <b>{file.path}</b>
        <span className={css.note}>{formatSize(file.size)}</span>
        <span className={css.space} />
        {!image && (
          <>
            <SearchBox size="small" placeholder="Search in file" value={search} onChange={(_, data) => setSearch(data.value)} />
            <Switch label="Word wrap" checked={wrap} onChange={(_, data) => setWrap(data.checked)} />
          </>
        )}
        <Tooltip content="Download" relationship="label">
          <Button as="a" href={download} download appearance="subtle" icon={<ArrowDownloadRegular />} />
        </Tooltip>
      </div>
      {image ? (
        <div className={css.image}>
          <img src={url} alt={file.path} />
        </div>
      ) : (
        <Contents file={file} url={url} live={live === true} search={search} wrap={wrap} />
      )}
    </section>
  );
}

interface ContentsProps {
  file: FileItem;
  url: string;
  live: boolean;
  search: string;
  wrap: boolean;
}

function Contents({ file, url, live, search, wrap }: ContentsProps) {
  const looked = useDeferredValue(search.toLowerCase());
  const { data: text, error } = useQuery({
    queryKey: ["text", url, file.size],
    queryFn: () => readText(url),
    placeholderData: (before: string | null | undefined) => before,
    refetchInterval: live ? 2_000 : false,
  });
  if (error) return <Empty title="This file cannot be read">{error.message}</Empty>;
  if (text === undefined) return <Waiting />;
  if (text === null) return <Empty title="This file is binary">Its {formatSize(file.size)} are not text; download it instead.</Empty>;
  if (text === "") return <Empty title="This file is empty" />;
  const cut = file.size > MOST_BYTES ? `The first ${formatSize(MOST_BYTES)} of ${formatSize(file.size)}; download it for the rest.` : "";
  if (/\.csv$/i.test(file.path) && !looked) return <Csv text={text} cut={cut} />;
  return <Lines text={/\.(json|ipynb)$/i.test(file.path) && !cut ? pretty(text) : text} search={looked} wrap={wrap} cut={cut} />;
}

/** The file's beginning as text; null when it is binary. */
async function readText(url: string): Promise<string | null> {
  const reply = await reach(url, { headers: { Range: `bytes=0-${MOST_BYTES - 1}` } });
  if (reply.status === 416) return "";
  if (!reply.ok) throw errorOf(await reply.json().catch(() => null), reply.status);
  const bytes = new Uint8Array(await reply.arrayBuffer());
  if (bytes.includes(0)) return null;
  try {
    // `stream` lets the last letter be cut in two by the range.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return null;
  }
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const MOST_LINES = 20_000;

const Lines = memo(function Lines({ text, search, wrap, cut }: { text: string; search: string; wrap: boolean; cut: string }) {
  const lines = useMemo(() => text.replace(/\r?\n$/, "").split(/\r?\n/).slice(0, MOST_LINES), [text]);
  const hits = search ? lines.filter((line) => line.toLowerCase().includes(search)).length : 0;
  return (
    <>
      {(cut || search) && <div className={css.viewBar}>{search ? `${hits} lines contain “${search}”` : cut}</div>}
      <pre className={wrap ? `${css.text} ${css.wrap}` : css.text} tabIndex={0} aria-label="Contents">
        {lines.map((line, at) => (
          <code key={at} className={search && line.toLowerCase().includes(search) ? `${css.line} ${css.hit}` : css.line}>
            {line}
          </code>
        ))}
      </pre>
    </>
  );
});

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
