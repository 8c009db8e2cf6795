/** One snapshot against another run's: which files differ, and where. */

import { DocumentAddRegular } from "@fluentui/react-icons/svg/document-add";
import { DocumentDismissRegular } from "@fluentui/react-icons/svg/document-dismiss";
import { DocumentEditRegular } from "@fluentui/react-icons/svg/document-edit";
import { EqualCircleRegular } from "@fluentui/react-icons/svg/equal-circle";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Suspense, lazy } from "react";
import { Link } from "react-router";
import { paths } from "../../paths";
import { Empty, Waiting } from "../../ui/States";
import { useAddress } from "../../ui/useAddress";
import { useFileText } from "../../ui/useFileText";
import { snapshotFileUrl, snapshotQuery } from "../artifacts/queries";
import { useWhere } from "../workspaces/where";
import { runQuery } from "./queries";
import css from "./SnapshotDiff.module.css";
import { type Difference, type Snapshot, differences } from "./snapshots";

const Patch = lazy(() => import("../../ui/Patch"));

const icons = { added: <DocumentAddRegular />, removed: <DocumentDismissRegular />, changed: <DocumentEditRegular /> };

export default function SnapshotDiff({ id, against }: { id: string; against: string }) {
  const where = useWhere();
  const { data: other } = useSuspenseQuery({ ...runQuery(where, against), refetchInterval: false });
  if (!other.snapshot_id) return <Empty title={`${other.display_name} has no snapshot`}>Choose another run.</Empty>;
  return <Compared id={id} before={other.snapshot_id} other={<Link to={paths.run(where, other.id, "snapshot")}>{other.display_name}</Link>} />;
}

function Compared({ id, before, other }: { id: string; before: string; other: React.ReactNode }) {
  const where = useWhere();
  const { data: old } = useSuspenseQuery(snapshotQuery(where, before));
  const { data: now } = useSuspenseQuery(snapshotQuery(where, id));
  const address = useAddress();
  const found = differences(old, now);
  const chosen = found.find(({ path }) => path === address.get("file")) ?? found[0];
  const choose = (path: string) => address.set({ file: path });
  if (!chosen) {
    return (
      <Empty icon={<EqualCircleRegular />} title="No file differs">
        Both runs began with the same {Object.keys(now.files).length} files.
      </Empty>
    );
  }
  return (
    <div className={css.diff}>
      <div className={css.side}>
        <p>
          {counted(found)} since {other}
        </p>
        <nav aria-label="Files that differ">
          {found.map(({ path, kind }) => (
            <button key={path} type="button" className={css.item} aria-current={path === chosen.path || undefined} onClick={() => choose(path)}>
              <span className={css[kind]}>{icons[kind]}</span>
              <span className={css.path}>{path}</span>
              <small>{kind}</small>
            </button>
          ))}
        </nav>
      </div>
      <section className={css.view} aria-label={chosen.path}>
        <Texts key={chosen.path} {...chosen} old={old} now={now} />
      </section>
    </div>
  );
}

function counted(found: Difference[]): string {
  const kinds = ["added", "removed", "changed"] as const;
  const counts = kinds.map((kind) => [kind, found.filter((each) => each.kind === kind).length] as const);
  return counts.flatMap(([kind, count]) => (count > 0 ? [`${count} ${kind}`] : [])).join(", ");
}

function Texts({ path, old, now }: Difference & { old: Snapshot; now: Snapshot }) {
  const before = useSide(old, path);
  const after = useSide(now, path);
  if (before === undefined || after === undefined) return <Waiting />;
  if (before === null || after === null) return <Empty title="This file is binary or too long">It differs, but cannot be shown line by line.</Empty>;
  return (
    <Suspense fallback={<Waiting />}>
      <Patch label="Difference" before={before} after={after} />
    </Suspense>
  );
}

/** A file's text; nothing where the snapshot lacks it, null where it cannot be shown. */
function useSide(snapshot: Snapshot, path: string): string | null | undefined {
  const file = snapshot.files[path];
  const url = snapshotFileUrl(useWhere(), snapshot.id, path, true);
  const { data, error } = useFileText(url, file?.size ?? 0, { end: false, live: false, skip: !file });
  if (!file) return "";
  if (error) return null;
  return data && (data.bytes.length === data.size ? data.text : null);
}
