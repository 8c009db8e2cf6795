/** The files of a storage account, folder by folder. */

import { SearchBox } from "@fluentui/react-components";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { ArrowUploadRegular } from "@fluentui/react-icons/svg/arrow-upload";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { DocumentRegular } from "@fluentui/react-icons/svg/document";
import { FolderFilled } from "@fluentui/react-icons/svg/folder";
import { FolderOpenRegular } from "@fluentui/react-icons/svg/folder-open";
import { useSuspenseQuery } from "@tanstack/react-query";
import { type ChangeEvent, useRef, useState } from "react";
import { Link } from "react-router";
import { sentence } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Where } from "../../paths";
import { Time } from "../../ui/Bits";
import { ConfirmDialog } from "../../ui/Dialogs";
import { FileView } from "../../ui/FileView";
import { type Column, Grid } from "../../ui/Grid";
import { Command } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { formatSize } from "../../ui/format";
import css from "./artifacts.module.css";
import { type Entry, type Place, entriesQuery, placeOf } from "./entries";
import { artifactUrl, deleteArtifact, uploadArtifact, zipUrl } from "./queries";

interface Props {
  where: Where;
  /** Where in the account, like `azureml/ExperimentRun/dcid.…/outputs`; empty is the account itself. */
  path: string;
  /** The address of a place. */
  to: (path: string) => string;
}

export function StorageBrowser({ where, path, to }: Props) {
  const place = placeOf(path);
  const { data: entries } = useSuspenseQuery(entriesQuery(where, path));
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const file = entries.find((entry) => entry.self);
  if (file && place) return <FilePlace where={where} place={place} entry={file} />;
  const shown = entries.filter(({ name }) => name.startsWith(search));
  const files = shown.filter((entry) => chosen.has(entry.name) && !entry.folder);
  const above = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
  return (
    <>
      <div className={css.bar}>
        <Commands where={where} place={place} files={files} onDone={() => setChosen(new Set())} />
      </div>
      <Location path={path} to={to} />
      <div className={css.search}>
        <SearchBox placeholder="Search by prefix (case-sensitive)" value={search} onChange={(_, data) => setSearch(data.value)} />
        {path && <Link to={to(above)}>[..] up one folder</Link>}
      </div>
      <Grid
        label="Files"
        rows={shown}
        rowId={({ name }) => name}
        columns={columnsOf(path, to)}
        chosen={place?.container ? chosen : undefined}
        onChoose={setChosen}
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
    { id: "type", title: "Type", width: "minmax(160px, 1fr)", cell: ({ folder, type }) => (folder ? "Folder" : type) },
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

interface CommandProps {
  where: Where;
  place: Place | null;
  files: Entry[];
  onDone: () => void;
}

function Commands({ where, place, files, onDone }: CommandProps) {
  const picker = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState("");
  const [deleting, setDeleting] = useState(false);
  const inside = place?.container ? place : null;
  const at = (name: string) => (inside?.folder ? `${inside.folder}/${name}` : name);
  const upload = async (event: ChangeEvent<HTMLInputElement>) => {
    if (!inside) return;
    setProblem("");
    try {
      for (const file of event.target.files ?? []) await uploadArtifact(where, inside.origin, inside.container, at(file.name), file);
    } catch (error) {
      setProblem(sentence(error));
    }
    event.target.value = "";
  };
  const remove = async () => {
    if (!inside) return;
    for (const { name } of files) await deleteArtifact(where, inside.origin, inside.container, at(name));
    onDone();
  };
  const download = () => {
    if (inside) location.assign(zipUrl(where, inside.container, inside.folder, inside.origin));
  };
  return (
    <>
      <input ref={picker} type="file" multiple hidden aria-label="Files to upload" onChange={(event) => void upload(event)} />
      <Command icon={<ArrowUploadRegular />} disabled={!inside} onClick={() => picker.current?.click()}>
        Upload
      </Command>
      <Command icon={<ArrowClockwiseRegular />} onClick={() => void queryClient.invalidateQueries({ queryKey: ["artifacts"] })}>
        Refresh
      </Command>
      <Command icon={<ArrowDownloadRegular />} disabled={!inside} onClick={download}>
        Download as zip
      </Command>
      <Command icon={<DeleteRegular />} disabled={files.length === 0} onClick={() => setDeleting(true)}>
        Delete
      </Command>
      {problem && <span role="alert">{problem}</span>}
      <ConfirmDialog title={files.length === 1 ? `Delete ${files[0]?.name}?` : `Delete ${files.length} files?`} open={deleting} onClose={() => setDeleting(false)} onConfirm={remove}>
        Runs and models that point to it lose it. This cannot be undone.
      </ConfirmDialog>
    </>
  );
}

function FilePlace({ where, place, entry }: { where: Where; place: Place; entry: Entry }) {
  const { origin, container, folder } = place;
  return (
    <div className={css.file}>
      <FileView
        file={{ path: entry.name, size: entry.size ?? 0 }}
        url={artifactUrl(where, container, folder, { inline: true, origin })}
        download={artifactUrl(where, container, folder, { origin })}
      />
    </div>
  );
}
