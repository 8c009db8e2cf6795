/** All registered models with their versions. */

import { SearchBox, Switch } from "@fluentui/react-components";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { CubeRegular } from "@fluentui/react-icons/svg/cube";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { queryClient } from "../../api/queries";
import { type Where, paths } from "../../paths";
import { Tags, Time } from "../../ui/Bits";
import { ConfirmDialog } from "../../ui/Dialogs";
import { type Column, Grid } from "../../ui/Grid";
import { Command, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { useWhere } from "../workspaces/where";
import { type Model, deleteModel, modelsQuery } from "./queries";
import css from "./models.module.css";

export function Component() {
  const where = useWhere();
  const [latest, setLatest] = useState(false);
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [deleting, setDeleting] = useState(false);
  const list = useInfiniteQuery({
    ...modelsQuery(where, latest ? { latest } : {}),
    throwOnError: (_error, query) => query.state.data === undefined,
  });
  const rows = (list.data ?? []).filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  const columns = useMemo(() => columnsOf(where), [where]);
  const remove = async () => {
    for (const model of rows.filter(({ id }) => chosen.has(id))) await deleteModel(where, model);
    setChosen(new Set());
  };
  const commands = (
    <>
      <Command icon={<ArrowClockwiseRegular />} onClick={() => void queryClient.invalidateQueries({ queryKey: ["models"] })}>
        Refresh
      </Command>
      <Command icon={<DeleteRegular />} disabled={chosen.size === 0} onClick={() => setDeleting(true)}>
        Delete
      </Command>
    </>
  );
  return (
    <Page crumbs={[{ label: where.workspace, to: paths.studio(where) }, { label: "Models" }]} title="Model List" name="Models" commands={commands} fill>
      <div className={css.bar}>
        <SearchBox placeholder="Filter by name" value={search} onChange={(_, data) => setSearch(data.value)} />
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
            Register one from a run's page, or with run.register_model.
          </Empty>
        }
      />
      <ConfirmDialog title={`Delete ${chosen.size === 1 ? "this model version" : `${chosen.size} model versions`}?`} open={deleting} onClose={() => setDeleting(false)} onConfirm={remove}>
        The version's number is never given again. The files of the run stay.
      </ConfirmDialog>
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
  ];
}
