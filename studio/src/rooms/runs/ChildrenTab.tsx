/** The runs below a run. */

import { BranchForkRegular } from "@fluentui/react-icons/svg/branch-fork";
import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { Empty } from "../../ui/States";
import { useWhere } from "../workspaces/where";
import { RunsGrid } from "./RunsGrid";
import { type Run, childrenQuery } from "./queries";

export default function ChildrenTab({ run }: { run: Run }) {
  const list = useSuspenseInfiniteQuery(childrenQuery(useWhere(), run.id));
  return (
    <RunsGrid
      label="Child runs"
      rows={list.data}
      onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
      reading={list.isFetchingNextPage}
      empty={
        <Empty icon={<BranchForkRegular />} title="No child runs">
          run.child_run() makes one.
        </Empty>
      }
    />
  );
}
