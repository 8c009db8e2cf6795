/** One secret: its value on demand, its versions, and what was done with it. */

import { Button } from "@fluentui/react-components";
import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import type { Where } from "../../paths";
import { Card, Facts, Tags, Time } from "../../ui/Bits";
import { type Column, Grid } from "../../ui/Grid";
import { type Secret, type SecretEvent, enableSecret, eventsQuery, versionsQuery } from "./queries";
import { SecretValue } from "./SecretValue";
import css from "./secrets.module.css";

const words: Record<SecretEvent["action"], string> = {
  set: "Set",
  update: "Changed",
  read: "Value read",
  delete: "Deleted",
  recover: "Recovered",
  purge: "Purged",
};

export function SecretPanel({ where, name }: { where: Where; name: string }) {
  const versions = useSuspenseInfiniteQuery(versionsQuery(where, name));
  const events = useSuspenseInfiniteQuery(eventsQuery(where, name));
  const newest = versions.data[0];
  if (!newest) return null;
  return (
    <div className={css.panel}>
      <Card title="Newest version">
        <Facts
          items={[
            ["Value", <SecretValue key={newest.version} where={where} secret={newest} />],
            ["Content type", newest.content_type || "--"],
            ["Not before", <Time key="from" at={newest.not_before} />],
            ["Expires", <Time key="to" at={newest.expires} />],
            ["Tags", <Tags key="tags" tags={newest.tags} />],
          ]}
        />
      </Card>
      <Card title="Versions">
        <Grid label="All versions" rows={versions.data} rowId={({ version }) => version} columns={versionColumns(where)} />
      </Card>
      <Card title="Log">
        <Grid label="What was done" rows={events.data} rowId={({ at, action }) => `${at} ${action}`} columns={eventColumns} />
      </Card>
    </div>
  );
}

function versionColumns(where: Where): Column<Secret>[] {
  return [
    { id: "version", title: "Version", width: "minmax(180px, 2fr)", cell: ({ version }) => <code>{version}</code> },
    { id: "at", title: "Set", width: "180px", cell: ({ created_at }) => <Time at={created_at} /> },
    { id: "by", title: "By", width: "minmax(80px, 1fr)", cell: ({ created_by }) => created_by },
    {
      id: "enabled",
      title: "State",
      width: "180px",
      cell: ({ name, version, enabled }) => (
        <>
          {enabled ? "Enabled" : "Disabled"}{" "}
          <Button size="small" appearance="subtle" onClick={() => void enableSecret(where, name, version, !enabled)}>
            {enabled ? "Disable" : "Enable"}
          </Button>
        </>
      ),
    },
  ];
}

const eventColumns: Column<SecretEvent>[] = [
  { id: "action", title: "What", width: "minmax(120px, 1fr)", cell: ({ action }) => words[action] },
  { id: "user", title: "By", width: "minmax(80px, 1fr)", cell: ({ user }) => user },
  { id: "at", title: "When", width: "180px", cell: ({ at }) => <Time at={at} /> },
];
