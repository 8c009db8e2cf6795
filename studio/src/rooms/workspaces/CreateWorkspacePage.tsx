/** The form that creates a workspace, and its deployment. */

import { Button, Field, Input, Link as TextButton, Select } from "@fluentui/react-components";
import { BeakerRegular } from "@fluentui/react-icons/svg/beaker";
import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useSearchParams } from "react-router";
import { sentence } from "../../api/client";
import { paths } from "../../paths";
import { Alert } from "../../ui/Bits";
import { Page } from "../../ui/Page";
import { Deployment } from "./Deployment";
import { LocationSelect } from "./LocationSelect";
import { groupProblem, workspaceProblem } from "./names";
import { createWorkspace, groupsQuery, putGroup, subscriptionsQuery, workspacesQuery } from "./queries";
import css from "./workspaces.module.css";

const NEW = "";

export function Component() {
  const deploy = useMutation({ mutationFn: deployWorkspace });
  const crumbs = [{ label: "Home", to: paths.home() }, { label: "Machine Learning" }];
  if (deploy.isPending || deploy.isSuccess) {
    return (
      <Page crumbs={crumbs} title={deploy.isSuccess ? "Your deployment is complete" : "Deployment is in progress"} icon={<BeakerRegular />}>
        <Deployment asked={deploy.variables} made={deploy.data} />
      </Page>
    );
  }
  return (
    <Page crumbs={crumbs} title="Machine Learning" subtitle="Create a machine learning workspace" icon={<BeakerRegular />}>
      <Form onSubmit={(asked) => deploy.mutate(asked)} problem={deploy.error ? sentence(deploy.error) : ""} />
    </Page>
  );
}

export interface Asked {
  subscription: string;
  group: string;
  newGroup: boolean;
  name: string;
  location: string;
}

async function deployWorkspace({ subscription, group, newGroup, name, location }: Asked) {
  if (newGroup) await putGroup(subscription, group, location);
  return createWorkspace({ subscription, group, workspace: name }, location, {});
}

function Form({ onSubmit, problem }: { onSubmit: (asked: Asked) => void; problem: string }) {
  const { data: subscriptions } = useSuspenseQuery(subscriptionsQuery);
  const [search] = useSearchParams();
  const [subscription, setSubscription] = useState(subscriptions[0]?.id ?? "");
  const [group, setGroup] = useGroup(subscription, search.get("group"));
  const [name, setName] = useState("");
  const [location, setLocation] = useState("westeurope");
  const wrong = useNameProblem(subscription, group.name, name);
  const groupWrong = group.isNew && group.name ? groupProblem(group.name) : "";
  const ready = name !== "" && group.name !== "" && !wrong && !groupWrong;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) onSubmit({ subscription, group: group.name, newGroup: group.isNew, name, location });
  };
  return (
    <form className={css.form} onSubmit={submit}>
      {problem && <Alert>{problem}</Alert>}
      <h2>Project details</h2>
      <p className={css.lead}>Use resource groups like folders to organise all that belongs together.</p>
      <Field label="Subscription" required orientation="horizontal">
        <Select value={subscription} onChange={(_, data) => setSubscription(data.value)}>
          {subscriptions.map(({ id, name: title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </Select>
      </Field>
      <GroupField subscription={subscription} group={group} onChange={setGroup} problem={groupWrong} />
      <h2>Workspace details</h2>
      <p className={css.lead}>Specify the name and region for the workspace.</p>
      <Field
        label="Workspace name"
        required
        orientation="horizontal"
        validationMessage={name ? wrong || "The name is free." : ""}
        validationState={!name ? "none" : wrong ? "error" : "success"}
      >
        <Input value={name} onChange={(_, data) => setName(data.value)} />
      </Field>
      <Field label="Region" required orientation="horizontal">
        <LocationSelect value={location} onChange={setLocation} />
      </Field>
      {["Storage account", "Key vault", "Application insights"].map((label) => (
        <Field key={label} label={label} orientation="horizontal">
          <Input value={`(new) ${stem(name)}…`} readOnly disabled />
        </Field>
      ))}
      <div className={css.buttons}>
        <Button type="submit" appearance="primary" disabled={!ready}>
          Create
        </Button>
      </div>
    </form>
  );
}

interface Group {
  name: string;
  isNew: boolean;
}

function useGroup(subscription: string, wanted: string | null): [Group, (group: Group) => void] {
  const { data: groups } = useSuspenseQuery(groupsQuery);
  const [chosen, setChosen] = useState<Group | null>(null);
  const own = groups.filter((group) => group.subscription_id === subscription);
  const first = own.find(({ name }) => name === wanted) ?? own[0];
  return [chosen ?? { name: first?.name ?? "", isNew: first === undefined }, setChosen];
}

interface GroupFieldProps {
  subscription: string;
  group: Group;
  onChange: (group: Group) => void;
  problem: string;
}

function GroupField({ subscription, group, onChange, problem }: GroupFieldProps) {
  const { data: groups } = useSuspenseQuery(groupsQuery);
  const own = groups.filter((row) => row.subscription_id === subscription);
  if (group.isNew) {
    return (
      <Field label="New resource group" required orientation="horizontal" validationMessage={problem}>
        <Input value={group.name} onChange={(_, data) => onChange({ name: data.value, isNew: true })} autoFocus={own.length > 0} />
      </Field>
    );
  }
  return (
    <Field
      label="Resource group"
      required
      orientation="horizontal"
      hint={
        <TextButton as="button" type="button" onClick={() => onChange({ name: NEW, isNew: true })}>
          Create new
        </TextButton>
      }
    >
      <Select value={group.name} onChange={(_, data) => onChange({ name: data.value, isNew: false })}>
        {own.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </Select>
    </Field>
  );
}

function useNameProblem(subscription: string, group: string, name: string): string {
  const { data: workspaces } = useSuspenseQuery(workspacesQuery);
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const taken = workspaces.some(
    (row) => row.subscription_id === subscription && same(row.resource_group, group) && same(row.name, name),
  );
  return taken ? `Resource group ${group} has a workspace ${name} already.` : workspaceProblem(name);
}

function stem(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "").slice(0, 14) || "workspace";
}
