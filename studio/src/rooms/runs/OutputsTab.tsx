/** The files of a run: tree, viewer, downloads. */

import { DocumentMultipleRegular } from "@fluentui/react-icons/svg/document-multiple";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Files } from "../../ui/Files";
import { Empty } from "../../ui/States";
import { artifactUrl, artifactsQuery, zipUrl } from "../artifacts/queries";
import { useWhere } from "../workspaces/where";
import { type Run, hasEnded } from "./queries";

export default function OutputsTab({ run }: { run: Run }) {
  const where = useWhere();
  const { data: artifacts } = useSuspenseQuery(artifactsQuery(where, "ExperimentRun", run.container, !hasEnded(run)));
  if (artifacts.length === 0) {
    return (
      <Empty icon={<DocumentMultipleRegular />} title="No files">
        Whatever a run writes to ./outputs or ./logs, or uploads with run.upload_file, appears here.
      </Empty>
    );
  }
  return (
    <Files
      label="Outputs and logs"
      files={artifacts}
      urlOf={(path, inline) => artifactUrl(where, run.container, path, { inline })}
      zipUrl={zipUrl(where, run.container)}
      live={!hasEnded(run)}
    />
  );
}
