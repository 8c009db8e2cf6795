/** One version of a model: details, versions, artifacts. */

import { Tab, TabList } from "@fluentui/react-components";
import { ArchiveRegular } from "@fluentui/react-icons/svg/archive";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { CubeRegular } from "@fluentui/react-icons/svg/cube";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { ApiError } from "../../api/client";
import { queryClient } from "../../api/queries";
import { paths } from "../../paths";
import { ConfirmDialog } from "../../ui/Dialogs";
import { Files } from "../../ui/Files";
import { Command, Page } from "../../ui/Page";
import { Waiting } from "../../ui/States";
import { artifactUrl, zipUrl } from "../artifacts/queries";
import { useWhere } from "../workspaces/where";
import { ModelDetails } from "./ModelDetails";
import { VersionsTab } from "./VersionsTab";
import { type Model, deleteModel, modelFilesQuery, modelQuery, updateModel } from "./queries";
import css from "./models.module.css";

const tabs: [string, string, (props: { model: Model }) => React.ReactNode][] = [
  ["details", "Details", ModelDetails],
  ["versions", "Versions", VersionsTab],
  ["artifacts", "Artifacts", Artifacts],
];

export function Component() {
  const where = useWhere();
  const params = useParams();
  const [name, version] = splitId(params.model ?? "");
  const { data: model } = useSuspenseQuery(modelQuery(where, name, version));
  const navigate = useNavigate();
  const current = tabs.find(([key]) => key === params.tab) ?? tabs[0];
  const Shown = current?.[2] ?? ModelDetails;
  const choose = (tab: unknown) => void navigate(paths.model(where, model.name, model.version, String(tab)));
  const crumbs = [
    { label: where.workspace, to: paths.studio(where) },
    { label: "Models", to: paths.models(where) },
    { label: model.id },
  ];
  return (
    <Page crumbs={crumbs} title={model.id} icon={<CubeRegular />} subtitle={model.archived_at ? "Archived" : undefined} commands={<Commands model={model} />}>
      <TabList selectedValue={current?.[0]} onTabSelect={(_, data) => choose(data.value)} className={css.tabs}>
        {tabs.map(([key, title]) => (
          <Tab key={key} value={key}>
            {title}
          </Tab>
        ))}
      </TabList>
      <Suspense fallback={<Waiting />}>
        <Shown model={model} />
      </Suspense>
    </Page>
  );
}

/** `name:version` as both; names hold no colon. */
function splitId(id: string): [string, string] {
  const [, name, version] = /^([^:]+):(\d+|latest)$/.exec(id) ?? [];
  if (!name || !version) throw new ApiError(`${id} is no model's id; it reads name:version`, 404, "model_not_found");
  return [name, version];
}

function Commands({ model }: { model: Model }) {
  const where = useWhere();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const remove = async () => {
    await deleteModel(where, model);
    void navigate(paths.models(where));
  };
  return (
    <>
      <Command icon={<ArrowClockwiseRegular />} onClick={() => void queryClient.invalidateQueries()}>
        Refresh
      </Command>
      <Command icon={<ArrowDownloadRegular />} onClick={() => location.assign(zipUrl(where, model.container, model.path, model.origin))}>
        Download
      </Command>
      <Command icon={<ArchiveRegular />} onClick={() => void updateModel(where, model, { archived: !model.archived_at })}>
        {model.archived_at ? "Bring back" : "Archive"}
      </Command>
      <Command icon={<DeleteRegular />} onClick={() => setDeleting(true)}>
        Delete
      </Command>
      <ConfirmDialog title={`Delete ${model.id}?`} open={deleting} onClose={() => setDeleting(false)} onConfirm={remove}>
        The number {model.version} is never given again. The files of the run stay.
      </ConfirmDialog>
    </>
  );
}

function Artifacts({ model }: { model: Model }) {
  const where = useWhere();
  const { data: files } = useSuspenseQuery(modelFilesQuery(where, model.name, String(model.version)));
  const urlOf = (path: string, inline: boolean) => artifactUrl(where, model.container, path, { inline, origin: model.origin });
  return <Files label="Artifacts" files={files} urlOf={urlOf} zipUrl={zipUrl(where, model.container, model.path, model.origin)} />;
}
