/** A folder or a file of one compute instance. */

import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { DocumentRegular } from "@fluentui/react-icons/svg/document";
import { FolderFilled } from "@fluentui/react-icons/svg/folder";
import { FolderOpenRegular } from "@fluentui/react-icons/svg/folder-open";
import { NotebookRegular } from "@fluentui/react-icons/svg/notebook";
import { PlayCircleRegular } from "@fluentui/react-icons/svg/play-circle";
import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { ApiError, sentence } from "../../api/client";
import { type Where, paths } from "../../paths";
import { Alert, Time } from "../../ui/Bits";
import { FileView } from "../../ui/FileView";
import { type Column, Grid } from "../../ui/Grid";
import { Command, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { formatSize } from "../../ui/format";
import { useWhere } from "../workspaces/where";
import { StateMark } from "./StateMark";
import { type Instance, type InstanceFile, changeInstance, fileUrl, filesQuery, instanceQuery } from "./queries";
import css from "./compute.module.css";

const OPENING = ["JupyterLab", "Jupyter"];

export function InstanceFiles({ name, path }: { name: string; path: string }) {
  const where = useWhere();
  const { data: instance } = useSuspenseQuery(instanceQuery(where, name));
  const above = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
  const { data: beside, refetch } = useSuspenseQuery(filesQuery(where, name, above));
  const file = path ? beside.find((each) => each.path === path) : undefined;
  if (path && !file) throw new ApiError(`there is no file ${path} on ${name}`, 404, "not_found");
  const commands = (
    <>
      <Openers instance={instance} file={file?.folder ? "" : path} />
      <Command icon={<ArrowClockwiseRegular />} onClick={() => void refetch()}>
        Refresh
      </Command>
    </>
  );
  return (
    <Page
      crumbs={crumbsOf(where, name, path)}
      title={path.split("/").at(-1) || name}
      subtitle={path ? `On ${name}` : "Files of the compute instance"}
      icon={<NotebookRegular />}
      aside={<StateMark state={instance.state} />}
      commands={commands}
      fill={file?.folder === false}
    >
      {file && !file.folder ? (
        <FileView file={file} url={fileUrl(where, name, path, true)} download={fileUrl(where, name, path, false)} />
      ) : (
        <Folder where={where} name={name} path={path} />
      )}
    </Page>
  );
}

function crumbsOf(where: Where, name: string, path: string) {
  const parts = path ? [name, ...path.split("/")] : [name];
  return [
    { label: where.workspace, to: paths.studio(where) },
    { label: "Notebooks", to: paths.notebooks(where) },
    ...parts.map((label, at) => (at < parts.length - 1 ? { label, to: paths.notebooks(where, parts.slice(0, at + 1).join("/")) } : { label })),
  ];
}

/** The ways into Jupyter, or what wakes an instance that rests. */
function Openers({ instance, file }: { instance: Instance; file: string }): ReactNode {
  const where = useWhere();
  const start = useMutation({ mutationFn: () => changeInstance(where, instance.name, "start") });
  if (start.error) return <Alert>{sentence(start.error)}</Alert>;
  if (instance.state !== "Running") {
    return (
      <Command icon={<PlayCircleRegular />} disabled={!["Stopped", "Failed"].includes(instance.state)} onClick={() => start.mutate()}>
        Start to edit
      </Command>
    );
  }
  return instance.applications
    .filter(({ name }) => OPENING.includes(name))
    .map(({ name, url }) => (
      <a key={name} className={css.opener} href={file ? `${url}&file=${encodeURIComponent(file)}` : url} target="_blank" rel="noopener noreferrer">
        Open in {name}
      </a>
    ));
}

function Folder({ where, name, path }: { where: Where; name: string; path: string }) {
  const { data: files } = useSuspenseQuery(filesQuery(where, name, path));
  const rank = ({ folder }: InstanceFile) => (folder ? 0 : 1);
  const sorted = files.toSorted((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path));
  return (
    <Grid
      label="Files"
      rows={sorted}
      rowId={(file) => file.path}
      columns={columnsOf(where, name)}
      empty={<Empty icon={<FolderOpenRegular />} title="Nothing lies here yet" />}
    />
  );
}

function columnsOf(where: Where, instance: string): Column<InstanceFile>[] {
  return [
    {
      id: "name",
      title: "Name",
      width: "minmax(260px, 2fr)",
      cell: ({ path, folder }) => (
        <span className={css.named}>
          {folder ? <FolderFilled className={css.folder} /> : path.endsWith(".ipynb") ? <NotebookRegular /> : <DocumentRegular />}
          <Link to={paths.notebooks(where, `${instance}/${path}`)}>{path.split("/").at(-1)}</Link>
        </span>
      ),
    },
    { id: "modified", title: "Modified", width: "200px", cell: ({ modified_at }) => <Time at={modified_at} /> },
    { id: "size", title: "Size", width: "130px", end: true, cell: ({ folder, size }) => (folder ? "" : formatSize(size)) },
  ];
}
