/** Files as a tree with a viewer beside it. */

import { Button, Tooltip } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { ChevronDownRegular } from "@fluentui/react-icons/svg/chevron-down";
import { ChevronRightRegular } from "@fluentui/react-icons/svg/chevron-right";
import { DocumentRegular } from "@fluentui/react-icons/svg/document";
import { FolderFilled } from "@fluentui/react-icons/svg/folder";
import { useMemo, useState } from "react";
import { FileView } from "./FileView";
import css from "./Files.module.css";
import { formatSize } from "./format";
import { useAddress } from "./useAddress";

export interface FileItem {
  path: string;
  size: number;
}

interface Props {
  label: string;
  files: FileItem[];
  urlOf: (path: string, inline: boolean) => string;
  zipUrl: string;
  /** Whether files may still grow. */
  live?: boolean;
}

export function Files({ label, files, urlOf, zipUrl, live }: Props) {
  const address = useAddress();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => treeOf(files, closed), [files, closed]);
  const wanted = address.get("file");
  const chosen = files.find(({ path }) => path === wanted) ?? files[0];
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const choose = (path: string) => address.set({ file: path });
  const turn = (folder: string) => {
    const next = new Set(closed);
    if (!next.delete(folder)) next.add(folder);
    setClosed(next);
  };
  return (
    <div className={css.files}>
      <div className={css.side}>
        <div className={css.sideBar}>
          <span className={css.note}>
            {files.length === 1 ? "1 file" : `${files.length.toLocaleString("en-US")} files`}, {formatSize(total)}
          </span>
          <Tooltip content="Download all as zip" relationship="label">
            <Button as="a" href={zipUrl} download appearance="subtle" size="small" icon={<ArrowDownloadRegular />} />
          </Tooltip>
        </div>
        <nav className={css.tree} aria-label={label}>
          {rows.map((row) => (
            <TreeItem
              key={row.path}
              row={row}
              chosen={row.path === chosen?.path}
              closed={closed.has(row.path)}
              onClick={() => (row.folder ? turn(row.path) : choose(row.path))}
            />
          ))}
        </nav>
      </div>
      {chosen && <FileView key={chosen.path} file={chosen} url={urlOf(chosen.path, true)} download={urlOf(chosen.path, false)} live={live} />}
    </div>
  );
}

interface TreeRow {
  path: string;
  name: string;
  depth: number;
  folder: boolean;
}

interface ItemProps {
  row: TreeRow;
  chosen: boolean;
  closed: boolean;
  onClick: () => void;
}

function TreeItem({ row, chosen, closed, onClick }: ItemProps) {
  const kind = row.folder ? css.folder : chosen ? css.chosen : "";
  const chevron = closed ? <ChevronRightRegular /> : <ChevronDownRegular />;
  return (
    <button
      type="button"
      className={`${css.item} ${kind}`}
      style={{ paddingLeft: 8 + row.depth * 18 }}
      aria-expanded={row.folder ? !closed : undefined}
      aria-current={chosen || undefined}
      onClick={onClick}
    >
      {row.folder && chevron}
      {row.folder ? <FolderFilled /> : <DocumentRegular />}
      <span>{row.name}</span>
    </button>
  );
}

/** The tree's rows from top to bottom, folders before files, without what lies in closed folders. */
export function treeOf(files: FileItem[], closed: ReadonlySet<string>): TreeRow[] {
  const root = new Folder("");
  for (const { path } of files) root.add(path.split("/"), path);
  return [...root.rows(-1, closed)];
}

class Folder {
  readonly folders = new Map<string, Folder>();
  readonly files: [string, string][] = [];

  constructor(readonly path: string) {}

  add([first = "", ...rest]: string[], path: string): void {
    if (rest.length === 0) {
      this.files.push([first, path]);
      return;
    }
    const below = this.folders.get(first) ?? new Folder(this.path ? `${this.path}/${first}` : first);
    this.folders.set(first, below);
    below.add(rest, path);
  }

  *rows(depth: number, closed: ReadonlySet<string>): Generator<TreeRow> {
    for (const [name, folder] of [...this.folders].sort(([a], [b]) => a.localeCompare(b))) {
      yield { path: folder.path, name, depth: depth + 1, folder: true };
      if (!closed.has(folder.path)) yield* folder.rows(depth + 1, closed);
    }
    for (const [name, path] of this.files.toSorted(([a], [b]) => a.localeCompare(b))) {
      yield { path, name, depth: depth + 1, folder: false };
    }
  }
}
