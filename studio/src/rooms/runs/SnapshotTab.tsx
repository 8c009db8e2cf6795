/** The source folder as it was when the run began. */

import { CodeRegular } from "@fluentui/react-icons/svg/code";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Files } from "../../ui/Files";
import { Empty } from "../../ui/States";
import { snapshotFileUrl, snapshotQuery, snapshotZipUrl } from "../artifacts/queries";
import { useWhere } from "../workspaces/where";
import type { Run } from "./queries";

export default function SnapshotTab({ run }: { run: Run }) {
  if (run.snapshot_id) return <Tree id={run.snapshot_id} />;
  return (
    <Empty icon={<CodeRegular />} title="No snapshot">
      {'start_logging(snapshot_directory=".") keeps the folder with the run.'}
    </Empty>
  );
}

function Tree({ id }: { id: string }) {
  const where = useWhere();
  const { data: snapshot } = useSuspenseQuery(snapshotQuery(where, id));
  const files = Object.entries(snapshot.files).map(([path, { size }]) => ({ path, size }));
  return (
    <Files
      label="Snapshot"
      files={files}
      urlOf={(path, inline) => snapshotFileUrl(where, id, path, inline)}
      zipUrl={snapshotZipUrl(where, id)}
    />
  );
}
