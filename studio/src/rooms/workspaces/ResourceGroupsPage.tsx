/** All resource groups: list, filter, create. */

import { Field, Input, SearchBox, Select } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { FolderRegular } from "@fluentui/react-icons/svg/folder";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { paths } from "../../paths";
import { Tags, Time } from "../../ui/Bits";
import { FormDialog } from "../../ui/Dialogs";
import { type Column, Grid } from "../../ui/Grid";
import { Command, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { useAddress } from "../../ui/useAddress";
import { LocationSelect } from "./LocationSelect";
import { groupProblem } from "./names";
import { type ResourceGroup, groupsQuery, putGroup, subscriptionsQuery } from "./queries";
import { useLocationName } from "./useLocationName";
import css from "./workspaces.module.css";

export function Component() {
  const { data: groups, refetch } = useSuspenseQuery(groupsQuery);
  const [creating, setCreating] = useState(false);
  const [filter, setFilter] = useState("");
  const columns = useColumns();
  const [subscription, chooseSubscription] = useSubscription();
  const own = groups.filter(({ subscription_id }) => subscription === "" || subscription_id === subscription);
  const shown = own.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
  const commands = (
    <>
      <Command icon={<AddRegular />} onClick={() => setCreating(true)}>
        Create
      </Command>
      <Command icon={<ArrowClockwiseRegular />} onClick={() => void refetch()}>
        Refresh
      </Command>
    </>
  );
  return (
    <Page
      crumbs={[{ label: "Home", to: paths.home() }, { label: "Resource groups" }]}
      title="Resource groups"
      commands={commands}
    >
      <div className={css.filters}>
        <SearchBox placeholder="Filter by name" value={filter} onChange={(_, data) => setFilter(data.value)} />
        <SubscriptionFilter value={subscription} onChange={chooseSubscription} />
        <span className={css.count}>
          {shown.length} of {groups.length}
        </span>
      </div>
      <Grid
        label="Resource groups"
        rows={shown}
        rowId={(group) => group.id}
        columns={columns}
        empty={<Empty icon={<FolderRegular />} title={filter ? "No resource group has that name" : "No resource group yet"} />}
      />
      <CreateDialog open={creating} onClose={() => setCreating(false)} />
    </Page>
  );
}

/** The subscription that the address narrows the list to; empty is all. */
function useSubscription(): [string, (id: string) => void] {
  const { get, set } = useAddress();
  return [get("subscription"), (id) => set({ subscription: id })];
}

function SubscriptionFilter({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const { data: subscriptions } = useSuspenseQuery(subscriptionsQuery);
  if (subscriptions.length < 2) return null;
  return (
    <Select value={value} aria-label="Subscription" onChange={(_, data) => onChange(data.value)}>
      <option value="">All subscriptions</option>
      {subscriptions.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </Select>
  );
}

function useColumns(): Column<ResourceGroup>[] {
  const nameOf = useLocationName();
  return [
    {
      id: "name",
      title: "Name",
      width: "minmax(220px, 2fr)",
      cell: (group) => <Link to={paths.resourceGroup(group.subscription_id, group.name)}>{group.name}</Link>,
    },
    { id: "location", title: "Location", width: "minmax(140px, 1fr)", cell: (group) => nameOf(group.location) },
    { id: "tags", title: "Tags", width: "minmax(140px, 1fr)", cell: (group) => <Tags tags={group.tags} none="" /> },
    { id: "created", title: "Created", width: "200px", cell: (group) => <Time at={group.created_at} /> },
  ];
}

function CreateDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { data: subscriptions } = useSuspenseQuery(subscriptionsQuery);
  const [subscription, setSubscription] = useState(subscriptions[0]?.id ?? "");
  const [name, setName] = useState("");
  const [location, setLocation] = useState("westeurope");
  const navigate = useNavigate();
  const problem = name ? groupProblem(name) : "";
  const create = async () => {
    const made = await putGroup(subscription, name, location);
    void navigate(paths.resourceGroup(subscription, made.name));
  };
  return (
    <FormDialog
      title="Create a resource group"
      verb="Create"
      open={open}
      onClose={onClose}
      onSubmit={create}
      disabled={!name || problem !== ""}
    >
      <Field label="Subscription" required>
        <Select value={subscription} onChange={(_, data) => setSubscription(data.value)}>
          {subscriptions.map(({ id, name: title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Resource group" required validationMessage={problem}>
        <Input value={name} onChange={(_, data) => setName(data.value)} autoFocus />
      </Field>
      <Field label="Region" required>
        <LocationSelect value={location} onChange={setLocation} />
      </Field>
    </FormDialog>
  );
}
