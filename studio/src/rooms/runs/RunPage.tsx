/** One run: its heading and commands, and the tabs below. */

import { Tab, TabList } from "@fluentui/react-components";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { CubeRegular } from "@fluentui/react-icons/svg/cube";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { DismissCircleRegular } from "@fluentui/react-icons/svg/dismiss-circle";
import { type ComponentType, Suspense, lazy, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { queryClient } from "../../api/queries";
import { paths } from "../../paths";
import { Alert } from "../../ui/Bits";
import { ConfirmDialog } from "../../ui/Dialogs";
import { Editable } from "../../ui/Editable";
import { Command, Page } from "../../ui/Page";
import { Waiting } from "../../ui/States";
import { useAddress } from "../../ui/useAddress";
import { useWhere } from "../workspaces/where";
import { DetailsTab } from "./DetailsTab";
import { RunStatusMark } from "./RunStatusMark";
import { Star } from "./Star";
import { useFollowedRun } from "./feed";
import { type Run, cancelRun, deleteRun, hasEnded, updateRun } from "./queries";
import css from "./runs.module.css";

type TabComponent = ComponentType<{ run: Run }>;

const tabs: [string, string, TabComponent][] = [
  ["details", "Details", DetailsTab],
  ["metrics", "Metrics", lazy(() => import("./MetricsTab"))],
  ["images", "Images", lazy(() => import("./ImagesTab"))],
  ["children", "Child runs", lazy(() => import("./ChildrenTab"))],
  ["outputs", "Outputs + logs", lazy(() => import("./OutputsTab"))],
  ["snapshot", "Snapshot", lazy(() => import("./SnapshotTab"))],
];

const RegisterDialog = lazy(() => import("../models/RegisterDialog"));

export function Component() {
  const where = useWhere();
  const { run: id = "" } = useParams();
  const run = useFollowedRun(id);
  const address = useAddress();
  const current = tabs.find(([key]) => key === address.get("tab")) ?? tabs[0];
  const Shown = current?.[2] ?? DetailsTab;
  const choose = (tab: unknown) => address.go({ tab: String(tab) });
  const crumbs = [
    { label: where.workspace, to: paths.studio(where) },
    { label: "Experiments", to: paths.experiments(where) },
    { label: run.experiment, to: paths.experiment(where, run.experiment) },
    ...(run.parent_id ? [{ label: "Parent run", to: paths.run(where, run.parent_id) }] : []),
    { label: run.display_name },
  ];
  const rename = (text: string) => updateRun(where, run.id, { display_name: text });
  return (
    <Page
      crumbs={crumbs}
      title={<Editable key={run.display_name} text={run.display_name} noun="display name" onSave={rename} />}
      aside={
        <>
          <Star run={run} />
          <RunStatusMark status={run.status} />
        </>
      }
      commands={<Commands run={run} />}
    >
      <TabList selectedValue={current?.[0]} onTabSelect={(_, data) => choose(data.value)} className={css.tabs}>
        {tabs.map(([key, title]) => (
          <Tab key={key} value={key}>
            {title}
          </Tab>
        ))}
      </TabList>
      {run.error && <Alert title={run.error.code}>{run.error.message}</Alert>}
      <Suspense fallback={<Waiting />}>
        <Shown run={run} />
      </Suspense>
    </Page>
  );
}

function Commands({ run }: { run: Run }) {
  const where = useWhere();
  const navigate = useNavigate();
  const { get } = useAddress();
  const file = get("tab") === "outputs" ? get("file") || undefined : undefined;
  const [asking, setAsking] = useState<"cancel" | "delete" | "register" | null>(null);
  const close = () => setAsking(null);
  const remove = async () => {
    await deleteRun(where, run.id);
    void navigate(paths.experiment(where, run.experiment));
  };
  const ended = hasEnded(run);
  return (
    <>
      <Command icon={<ArrowClockwiseRegular />} onClick={() => void queryClient.invalidateQueries()}>
        Refresh
      </Command>
      <Command icon={<CubeRegular />} onClick={() => setAsking("register")}>
        Register model
      </Command>
      <Command icon={<DismissCircleRegular />} disabled={ended} onClick={() => setAsking("cancel")}>
        Cancel
      </Command>
      <Command icon={<DeleteRegular />} disabled={!ended} onClick={() => setAsking("delete")}>
        Delete
      </Command>
      <ConfirmDialog title="Cancel this run?" verb="Cancel run" open={asking === "cancel"} onClose={close} onConfirm={() => cancelRun(where, run.id)}>
        Its status becomes Canceled; what it has logged stays.
      </ConfirmDialog>
      <ConfirmDialog title="Delete this run?" open={asking === "delete"} onClose={close} onConfirm={remove}>
        Its metrics and child runs go with it. This cannot be undone.
      </ConfirmDialog>
      {asking === "register" && (
        <Suspense>
          <RegisterDialog container={run.container} runId={run.id} path={file} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
