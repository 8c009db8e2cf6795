/** Deleted secrets: recovered, or purged for good. */

import { Button } from "@fluentui/react-components";
import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Where } from "../../paths";
import { Time } from "../../ui/Bits";
import { ConfirmDialog } from "../../ui/Dialogs";
import { type Column, Grid } from "../../ui/Grid";
import { Empty } from "../../ui/States";
import { type DeletedSecret, deletedQuery, purgeSecret, recoverSecret } from "./queries";

export function DeletedSecrets({ where }: { where: Where }) {
  const list = useSuspenseInfiniteQuery(deletedQuery(where));
  const [purging, setPurging] = useState("");
  const columns: Column<DeletedSecret>[] = [
    { id: "name", title: "Name", width: "minmax(180px, 2fr)", cell: ({ name }) => name },
    { id: "deleted", title: "Deleted", width: "180px", cell: ({ deleted_at }) => <Time at={deleted_at} /> },
    { id: "purge", title: "Gone for good", width: "180px", cell: ({ purge_at }) => <Time at={purge_at} /> },
    {
      id: "commands",
      title: "",
      width: "190px",
      cell: ({ name }) => (
        <>
          <Button size="small" appearance="subtle" onClick={() => void recoverSecret(where, name)}>
            Recover
          </Button>
          <Button size="small" appearance="subtle" onClick={() => setPurging(name)}>
            Purge
          </Button>
        </>
      ),
    },
  ];
  return (
    <>
      <Grid
        label="Deleted secrets"
        rows={list.data}
        rowId={({ name }) => name}
        columns={columns}
        onEnd={() => void (list.hasNextPage && !list.isFetchingNextPage && list.fetchNextPage())}
        empty={<Empty title="No deleted secret can be recovered" />}
      />
      <ConfirmDialog
        title={`Purge ${purging}?`}
        verb="Purge"
        open={purging !== ""}
        onClose={() => setPurging("")}
        onConfirm={() => purgeSecret(where, purging)}
        typed={purging}
      >
        All its versions are gone for good. This cannot be undone.
      </ConfirmDialog>
    </>
  );
}
