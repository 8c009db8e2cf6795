/** All registered models with their versions. */

import { SearchBox, Select, Switch } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { ArchiveRegular } from "@fluentui/react-icons/svg/archive";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { CubeRegular } from "@fluentui/react-icons/svg/cube";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Suspense, lazy, useMemo, useState } from "react";
import { Link } from "react-router";
import { queryClient } from "../../api/queries";
import { type Where, paths } from "../../paths";
import { Tags, Time } from "../../ui/Bits";
import { ConfirmDialog } from "../../ui/Dialogs";
import { type Column, Grid } from "../../ui/Grid";
import { Command, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { useWhere } from "../workspaces/where";
import { type Model, deleteModel, modelsQuery, updateModel } from "./queries";
import css from "./models.module.css";

const UploadDialog = lazy(() => import("./UploadDialog"));

export function Component() {
  const where = useWhere();
  const [latest, setLatest] = useState(false);
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [archived, setArchived] = useState<"active" | "archived" | "all">("active");
  const [asking, setAsking] = useState<"delete" | "upload" | null>(null);
  const close = () => setAsking(null);
  const list = useInfiniteQuery({
    ...modelsQuery(where, { latest, archived }),
    throwOnError: (_error, query) => query.state.data === undefined,
  });
  const rows = (list.data ?? []).filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  const columns = useMemo(() => columnsOf(where), [where]);
  const each = async (act: (model: Model) => Promise<void>) => {
    for (const model of rows.filter(({ id }) => chosen.has(id))) await act(model);
    setChosen(new Set());
  };
  const archive = () => each((model) => updateModel(where, model, { archived: archived !== "archived" }));
  const commands = (
    <>
      <Command icon={<ArrowClockwiseRegular />} onClick={() => void queryClient.invalidateQueries({ queryKey: ["models"] })}>
        Refresh
      </Command>
      <Command icon={<AddRegular />} onClick={() => setAsking("upload")}>
        Register model
      </Command>
      <Command icon={<ArchiveRegular />} disabled={chosen.size === 0} onClick={() => void archive()}>
        {archived === "archived" ? "Bring back" : "Archive"}
      </Command>
      <Command icon={<DeleteRegular />} disabled={chosen.size === 0} onClick={() => setAsking("delete")}>
        Delete
      </Command>
    </>
  );
  return (
    <Page crumbs={[{ label: where.workspace, to: paths.studio(where) }, { label: "Models" }]} title="Model List" name="Models" commands={commands} fill>
      <div className={css.bar}>
        <SearchBox placeholder="Filter by name" value={search} onChange={(_, data) => setSearch(data.value)} />
        <Select aria-label="Which models" value={archived} onChange={(_, data) => setArchived(data.value as typeof archived)}>
          <option value="active">Active</option>
          <option value="archived">Archived</option>
          <option value="all">All</option>
        </Select>
        <Switch label="Latest versions only" checked={latest} onChange={(_, data) => setLatest(data.checked)} />
      </div>
      <Grid
        label="Models"
        fill
        rows={rows}
        rowId={(model) => model.id}
        columns={columns}
        chosen={chosen}
        onChoose={setChosen}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        reading={list.isPending || list.isFetchingNextPage}
        empty={
          <Empty icon={<CubeRegular />} title={search ? "No model has that name" : "No model yet"}>
            Register one here from a file, on a run's page, or with run.register_model.
          </Empty>
        }
      />
      <ConfirmDialog title={`Delete ${chosen.size === 1 ? "this model version" : `${chosen.size} model versions`}?`} open={asking === "delete"} onClose={close} onConfirm={() => each((model) => deleteModel(where, model))}>
        The version's number is never given again. The files of the run stay.
      </ConfirmDialog>
      {asking === "upload" && (
        <Suspense>
          <UploadDialog onClose={close} />
        </Suspense>
      )}
    </Page>
  );
}

function columnsOf(where: Where): Column<Model>[] {
  return [
    {
      id: "name",
      title: "Name",
      width: "minmax(220px, 2fr)",
      cell: (model) => <Link to={paths.model(where, model.name, model.version)}>{model.name}</Link>,
    },
    { id: "version", title: "Version", width: "90px", end: true, cell: ({ version }) => version },
    {
      id: "experiment",
      title: "Experiment",
      width: "minmax(160px, 1fr)",
      cell: ({ experiment }) => (experiment ? <Link to={paths.experiment(where, experiment)}>{experiment}</Link> : "--"),
    },
    {
      id: "run",
      title: "Run ID",
      width: "minmax(180px, 1fr)",
      cell: ({ run_id: run }) => (run ? <Link to={paths.run(where, run)}>{run}</Link> : "--"),
    },
    { id: "created", title: "Created on", width: "190px", cell: ({ created_at }) => <Time at={created_at} /> },
    { id: "tags", title: "Tags", width: "minmax(160px, 1fr)", cell: ({ tags }) => <Tags tags={tags} none="" /> },
    { id: "properties", title: "Properties", width: "minmax(140px, 1fr)", cell: ({ properties }) => <Tags tags={properties} none="" /> },
    { id: "created_by", title: "Created by", width: "130px", cell: ({ created_by }) => created_by },
    { id: "state", title: "State", width: "110px", cell: ({ archived_at }) => (archived_at ? "Archived" : "Active") },
  ];
}
