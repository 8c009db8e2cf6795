/** All subscriptions. */

import { Field, Input } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { KeyMultipleRegular } from "@fluentui/react-icons/svg/key-multiple";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "../../paths";
import { Copy } from "../../ui/Bits";
import { FormDialog } from "../../ui/Dialogs";
import { type Column, Grid } from "../../ui/Grid";
import { Command, Page } from "../../ui/Page";
import { type Subscription, createSubscription, groupsQuery, subscriptionsQuery } from "./queries";

export function Component() {
  const { data: subscriptions } = useSuspenseQuery(subscriptionsQuery);
  const { data: groups } = useSuspenseQuery(groupsQuery);
  const [creating, setCreating] = useState(false);
  const countOf = (id: string) => groups.filter((group) => group.subscription_id === id).length;
  const create = (
    <Command icon={<AddRegular />} onClick={() => setCreating(true)}>
      Create
    </Command>
  );
  return (
    <Page
      crumbs={[{ label: "Home", to: paths.home() }, { label: "Subscriptions" }]}
      title="Subscriptions"
      icon={<KeyMultipleRegular />}
      commands={create}
    >
      <Grid label="Subscriptions" rows={subscriptions} rowId={({ id }) => id} columns={columnsOf(countOf)} />
      {creating && <CreateDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}

function columnsOf(countOf: (id: string) => number): Column<Subscription>[] {
  return [
    { id: "name", title: "Name", width: "minmax(180px, 1fr)", cell: ({ id, name }) => <Link to={paths.resourceGroups(id)}>{name}</Link> },
    { id: "id", title: "Subscription ID", width: "minmax(340px, 1fr)", cell: ({ id }) => <Copy text={id} /> },
    { id: "groups", title: "Resource groups", width: "150px", end: true, cell: ({ id }) => countOf(id) },
  ];
}

function CreateDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  return (
    <FormDialog
      title="Create a subscription"
      verb="Create"
      open
      onClose={onClose}
      onSubmit={() => createSubscription(name.trim())}
      disabled={!name.trim()}
    >
      <Field label="Name" required>
        <Input value={name} onChange={(_, data) => setName(data.value)} autoFocus />
      </Field>
    </FormDialog>
  );
}
