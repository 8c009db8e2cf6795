/** Telemetry found by a filter; a row leads to its whole operation. */

import { Button, Input } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { sentence } from "../../api/client";
import type { Where } from "../../paths";
import { Alert } from "../../ui/Bits";
import { Grid } from "../../ui/Grid";
import { Empty, Waiting } from "../../ui/States";
import { useAddress } from "../../ui/useAddress";
import { itemColumns } from "./columns";
import css from "./insights.module.css";
import { type Span, itemsQuery } from "./queries";

const LEAST = 30;

export function SearchTab({ where, span }: { where: Where; span: Span }) {
  const { get, go } = useAddress();
  const filter = get("filter");
  const [text, setText] = useState(filter);
  useEffect(() => setText(filter), [filter]);
  const list = useInfiniteQuery(itemsQuery(where, filter, span));
  const { data: rows = [], hasNextPage, isFetching, fetchNextPage } = list;
  const more = hasNextPage && !isFetching;
  // A long search answers with short pages until it has found enough.
  useEffect(() => {
    if (more && rows.length < LEAST) void fetchNextPage();
  }, [more, rows.length, fetchNextPage]);
  return (
    <div className={css.stack}>
      <form
        className={css.search}
        onSubmit={(event) => {
          event.preventDefault();
          go({ filter: text });
        }}
      >
        <Input
          aria-label="Filter"
          className={css.filter}
          placeholder="kind = 'request' and duration > 500 and properties.user = 'ann'"
          value={text}
          onChange={(_, { value }) => setText(value)}
          spellCheck={false}
        />
        <Button type="submit" appearance="primary">
          Search
        </Button>
      </form>
      {list.error ? (
        <Alert>{sentence(list.error)}</Alert>
      ) : list.isPending ? (
        <Waiting />
      ) : (
        <Grid
          label="Telemetry"
          rows={rows}
          rowId={({ id }) => id}
          columns={itemColumns(where)}
          onEnd={() => void (more && fetchNextPage())}
          reading={isFetching}
          empty={<Empty title={isFetching || hasNextPage ? "Searching" : "Nothing was found in this time"} />}
        />
      )}
    </div>
  );
}
