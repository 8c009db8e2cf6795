/** The source folder as it was when the run began, by itself or against another run's. */

import { Select } from "@fluentui/react-components";
import { CodeRegular } from "@fluentui/react-icons/svg/code";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Suspense, lazy } from "react";
import { Files } from "../../ui/Files";
import { Empty, Waiting } from "../../ui/States";
import { formatTime } from "../../ui/format";
import { useAddress } from "../../ui/useAddress";
import { snapshotFileUrl, snapshotQuery, snapshotZipUrl } from "../artifacts/queries";
import { useWhere } from "../workspaces/where";
import type { Run } from "./queries";
import css from "./runs.module.css";
import { siblingsQuery } from "./snapshots";

const SnapshotDiff = lazy(() => import("./SnapshotDiff"));

export default function SnapshotTab({ run }: { run: Run }) {
  const address = useAddress();
  const against = address.get("against");
  const choose = (id: string) => address.go({ against: id, file: "" });
  if (!run.snapshot_id) {
    return (
      <Empty icon={<CodeRegular />} title="No snapshot">
        {'start_logging(snapshot_directory=".") keeps the folder with the run.'}
      </Empty>
    );
  }
  return (
    <>
      <Against run={run} against={against} onChoose={choose} />
      <Suspense fallback={<Waiting />}>
        {against ? <SnapshotDiff key={against} id={run.snapshot_id} against={against} /> : <Tree id={run.snapshot_id} />}
      </Suspense>
    </>
  );
}

function Against({ run, against, onChoose }: { run: Run; against: string; onChoose: (id: string) => void }) {
  const { data: siblings = [] } = useQuery(siblingsQuery(useWhere(), run.experiment));
  const others = siblings.filter(({ id, snapshot_id }) => id !== run.id && snapshot_id);
  const known = others.some(({ id }) => id === against);
  return (
    <label className={css.across}>
      Compare with
      <Select size="small" value={against} onChange={(_, data) => onChoose(data.value)}>
        <option value="">no other run</option>
        {against && !known && <option value={against}>{against}</option>}
        {others.map(({ id, display_name, created_at, snapshot_id }) => (
          <option key={id} value={id}>
            {`${display_name}, ${formatTime(created_at)}${snapshot_id === run.snapshot_id ? " (the same)" : ""}`}
          </option>
        ))}
      </Select>
    </label>
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
