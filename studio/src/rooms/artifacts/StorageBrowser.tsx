/** The files of a storage account, folder by folder. */

import { SearchBox } from "@fluentui/react-components";
import { DocumentRegular } from "@fluentui/react-icons/svg/document";
import { FolderFilled } from "@fluentui/react-icons/svg/folder";
import { FolderOpenRegular } from "@fluentui/react-icons/svg/folder-open";
import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import type { Where } from "../../paths";
import { Time } from "../../ui/Bits";
import { FileView } from "../../ui/FileView";
import { type Column, Grid } from "../../ui/Grid";
import { Empty } from "../../ui/States";
import { formatSize } from "../../ui/format";
import { ContainerCommands, FileCommands } from "./StorageCommands";
import css from "./artifacts.module.css";
import { type Entry, entriesQuery } from "./entries";
import { type Place, fileUrl, placeOf } from "./places";

interface Props {
  where: Where;
  /** Where in the account, like `azureml/ExperimentRun/dcid.…/outputs`; empty is the account itself. */
  path: string;
  /** The address of a place. */
  to: (path: string) => string;
}

export function StorageBrowser({ where, path, to }: Props) {
  const place = placeOf(path);
  const list = useSuspenseInfiniteQuery(entriesQuery(where, path));
  const entries = list.data;
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const file = entries.find((entry) => entry.self);
  if (file && place) return <FilePlace where={where} place={place} entry={file} />;
  const shown = entries.filter(({ name }) => name.startsWith(search));
  const ticked = shown.filter((entry) => chosen.has(entry.name));
  const done = () => setChosen(new Set());
  const above = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
  return (
    <>
      <div className={css.bar}>
        {path ? (
          <FileCommands where={where} place={place} entries={entries} chosen={ticked} onDone={done} />
        ) : (
          <ContainerCommands where={where} chosen={ticked} onDone={done} />
        )}
      </div>
      <Location path={path} to={to} />
      <div className={css.search}>
        <SearchBox placeholder="Search by prefix (case-sensitive)" value={search} onChange={(_, data) => setSearch(data.value)} />
        {path && <Link to={to(above)}>[..] up one folder</Link>}
      </div>
      <Grid
        label={path ? "Files" : "Containers"}
        rows={shown}
        rowId={({ name }) => name}
        columns={columnsOf(path, to)}
        chosen={place || !path ? chosen : undefined}
        onChoose={setChosen}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        reading={list.isFetchingNextPage}
        empty={<Empty icon={<FolderOpenRegular />} title={search ? "Nothing here begins so" : "Nothing lies here"} />}
      />
    </>
  );
}

function columnsOf(path: string, to: (path: string) => string): Column<Entry>[] {
  const below = (name: string) => (path ? `${path}/${name}` : name);
  return [
    {
      id: "name",
      title: "Name",
      width: "minmax(280px, 2fr)",
      cell: ({ name, folder }) => (
        <span className={css.name}>
          {folder ? <FolderFilled className={css.folder} /> : <DocumentRegular />}
          <Link to={to(below(name))}>{name}</Link>
        </span>
      ),
    },
    { id: "modified", title: "Modified", width: "200px", cell: ({ modified }) => <Time at={modified} /> },
    { id: "type", title: "Type", width: "minmax(160px, 1fr)", cell: ({ folder, type }) => (folder ? (path ? "Folder" : "Container") : type) },
    { id: "size", title: "Size", width: "130px", end: true, cell: ({ size }) => (size === undefined ? "" : formatSize(size)) },
  ];
}

function Location({ path, to }: { path: string; to: (path: string) => string }) {
  const parts = path ? path.split("/") : [];
  return (
    <nav className={css.location} aria-label="Location">
      <b>Location:</b>{" "}
      <Link to={to("")}>storage account</Link>
      {parts.map((part, at) => (
        <span key={`${at}${part}`}>
          {" / "}
          <Link to={to(parts.slice(0, at + 1).join("/"))}>{part}</Link>
        </span>
      ))}
    </nav>
  );
}

function FilePlace({ where, place, entry }: { where: Where; place: Place; entry: Entry }) {
  return (
    <div className={css.file}>
      <FileView
        file={{ path: entry.name, size: entry.size ?? 0 }}
        url={fileUrl(where, place, place.folder, true)}
        download={fileUrl(where, place, place.folder)}
      />
    </div>
  );
}
