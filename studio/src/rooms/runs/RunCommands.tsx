/** What can be done to the runs that are ticked, and to the table. */

import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { BranchCompareRegular } from "@fluentui/react-icons/svg/branch-compare";
import { ColumnEditRegular } from "@fluentui/react-icons/svg/column-edit";
import { DataBarVerticalAddRegular } from "@fluentui/react-icons/svg/data-bar-vertical-add";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { DismissCircleRegular } from "@fluentui/react-icons/svg/dismiss-circle";
import { LinkRegular } from "@fluentui/react-icons/svg/link";
import { TagRegular } from "@fluentui/react-icons/svg/tag";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { queryClient } from "../../api/queries";
import { paths } from "../../paths";
import { ColumnDialog } from "../../ui/ColumnDialog";
import { ConfirmDialog } from "../../ui/Dialogs";
import { Command } from "../../ui/Page";
import { useWhere } from "../workspaces/where";
import { AddChartDialog } from "./AddChartDialog";
import { ExportDialog } from "./ExportDialog";
import { SavedViews } from "./SavedViews";
import { TagRunsDialog } from "./TagRunsDialog";
import { fieldOf, fieldsOf } from "./fields";
import { listOf } from "./keptViews";
import { cancelRuns, deleteRuns } from "./lists";
import { type Run, hasEnded } from "./queries";
import { type View, changeView } from "./view";

type Opened = "chart" | "columns" | "cancel" | "delete" | "tag" | "export";

interface Props {
  view: View;
  rows: Run[];
  /** Ids of the fields that are columns now. */
  columns: string[];
  chosen: Run[];
  /** Called when the ticked runs have been dealt with. */
  onDone: () => void;
}

export function RunCommands({ view, rows, columns, chosen, onDone }: Props) {
  const where = useWhere();
  const navigate = useNavigate();
  const [opened, setOpened] = useState<Opened | null>(null);
  const close = () => setOpened(null);
  const list = listOf(where, view.filter.experiment);
  const going = chosen.filter((run) => !hasEnded(run));
  const ended = chosen.filter(hasEnded);
  const compare = () => void navigate(paths.compare(where, chosen.map(({ id }) => id)));
  const dialogs: Record<Opened, ReactNode> = {
    chart: <AddChartDialog rows={rows} view={view} onClose={close} />,
    columns: (
      <ColumnDialog
        columns={fieldsOf(rows)}
        chosen={columns.flatMap((id) => fieldOf(id) ?? [])}
        onClose={close}
        onSave={(ids) => changeView(view.address, { columns: ids })}
        onReset={() => changeView(view.address, { columns: undefined })}
      />
    ),
    cancel: <Ask verb="Cancel" runs={going} onClose={close} onConfirm={() => cancelRuns(where, going).then(onDone)} />,
    delete: <Ask verb="Delete" runs={ended} onClose={close} onConfirm={() => deleteRuns(where, ended).then(onDone)} />,
    tag: <TagRunsDialog runs={chosen} onClose={close} />,
    export: <ExportDialog view={view} columns={columns} onClose={close} />,
  };
  return (
    <>
      <Command icon={<DataBarVerticalAddRegular />} onClick={() => setOpened("chart")}>
        Add chart
      </Command>
      <Command icon={<ArrowClockwiseRegular />} onClick={() => void queryClient.invalidateQueries({ queryKey: ["runs"] })}>
        Refresh
      </Command>
      <Command icon={<ColumnEditRegular />} onClick={() => setOpened("columns")}>
        Edit columns
      </Command>
      <Command icon={<BranchCompareRegular />} disabled={chosen.length < 2} onClick={compare}>
        Compare
      </Command>
      <Command icon={<DismissCircleRegular />} disabled={going.length === 0} onClick={() => setOpened("cancel")}>
        Cancel
      </Command>
      <Command icon={<DeleteRegular />} disabled={ended.length === 0} onClick={() => setOpened("delete")}>
        Delete
      </Command>
      <Command icon={<TagRegular />} disabled={chosen.length === 0} onClick={() => setOpened("tag")}>
        Tag
      </Command>
      <Command icon={<ArrowDownloadRegular />} onClick={() => setOpened("export")}>
        Export CSV
      </Command>
      <SavedViews key={list} list={list} />
      <ShareCommand />
      {opened && dialogs[opened]}
    </>
  );
}

interface AskProps {
  verb: "Cancel" | "Delete";
  runs: Run[];
  onClose: () => void;
  onConfirm: () => Promise<unknown>;
}

function Ask({ verb, runs, onClose, onConfirm }: AskProps) {
  const [only] = runs;
  const title = runs.length === 1 && only ? `${verb} ${only.display_name}?` : `${verb} ${runs.length} runs?`;
  return (
    <ConfirmDialog title={title} verb={verb === "Delete" ? verb : runs.length === 1 ? "Cancel the run" : "Cancel the runs"} open onClose={onClose} onConfirm={onConfirm}>
      {verb === "Cancel"
        ? "They stop as soon as their scripts notice, and stay in the list as canceled."
        : "Their metrics, child runs and history go with them. This cannot be undone."}
    </ConfirmDialog>
  );
}

/** All that is chosen stands in the address: the link is the view. */
function ShareCommand() {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(location.href);
    setDone(true);
    setTimeout(() => setDone(false), 2_000);
  };
  return (
    <Command icon={<LinkRegular />} title="Copy a link to this view: its columns, filters, order and charts" onClick={() => void copy()}>
      {done ? "Link copied" : "Share"}
    </Command>
  );
}
