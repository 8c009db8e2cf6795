/** A key vault: its addresses, its secrets, those deleted, and each secret's own panel. */

import { Tab, TabList } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { KeyRegular } from "@fluentui/react-icons/svg/key";
import { useSuspenseInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link, useParams } from "react-router";
import { type Where, paths } from "../../paths";
import { Copy, Facts, Time } from "../../ui/Bits";
import { ConfirmDialog } from "../../ui/Dialogs";
import { type Column, Grid } from "../../ui/Grid";
import { Command, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { useAddress } from "../../ui/useAddress";
import { DeletedSecrets } from "./DeletedSecrets";
import { type Secret, deleteSecret, secretsQuery, vaultQuery } from "./queries";
import { SecretPanel } from "./SecretPanel";
import { SetDialog } from "./SetDialog";
import css from "./secrets.module.css";

export function Component() {
  const { subscription = "", group = "", workspace = "" } = useParams();
  const where = useMemo(() => ({ subscription, group, workspace }), [subscription, group, workspace]);
  const { data: vault } = useSuspenseQuery(vaultQuery(where));
  const list = useSuspenseInfiniteQuery(secretsQuery(where));
  const address = useAddress();
  const chosen = address.get("secret");
  const deleted = address.get("tab") === "deleted";
  const there = list.data.some(({ name }) => name === chosen);
  const [setting, setSetting] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const commands = (
    <>
      <Command icon={<AddRegular />} onClick={() => setSetting(true)}>
        {there ? "New version" : "Set a secret"}
      </Command>
      <Command icon={<DeleteRegular />} disabled={!there} onClick={() => setDeleting(true)}>
        Delete
      </Command>
      <Command icon={<ArrowClockwiseRegular />} onClick={() => void list.refetch()}>
        Refresh
      </Command>
    </>
  );
  const crumbs = [
    { label: "Home", to: paths.home() },
    { label: "Resource groups", to: paths.resourceGroups() },
    { label: group, to: paths.resourceGroup(subscription, group) },
    { label: vault.name, ...(there && { to: paths.keyVault(where) }) },
  ];
  return (
    <Page
      crumbs={there ? [...crumbs, { label: chosen }] : crumbs}
      title={there ? chosen : vault.name}
      subtitle={there ? "Secret" : "Key vault"}
      icon={<KeyRegular />}
      commands={commands}
    >
      {there ? (
        <SecretPanel where={where} name={chosen} />
      ) : (
        <>
          <Addresses where={where} />
          <TabList selectedValue={deleted ? "deleted" : "secrets"} onTabSelect={(_, { value }) => address.go({ tab: value === "deleted" ? "deleted" : "" })}>
            <Tab value="secrets">Secrets</Tab>
            <Tab value="deleted">Deleted secrets</Tab>
          </TabList>
          {deleted ? (
            <DeletedSecrets where={where} />
          ) : (
            <Grid
              label="Secrets"
              rows={list.data}
              rowId={({ name }) => name}
              columns={columnsOf(where)}
              onEnd={() => void (list.hasNextPage && !list.isFetchingNextPage && list.fetchNextPage())}
              empty={<Empty title="No secrets yet">Set one here, by workstead secrets set, or by ws.get_default_keyvault().</Empty>}
            />
          )}
        </>
      )}
      {setting && <SetDialog where={where} of={there ? chosen : ""} onClose={() => setSetting(false)} />}
      <ConfirmDialog
        title={`Delete ${chosen}?`}
        open={deleting}
        onClose={() => setDeleting(false)}
        onConfirm={async () => {
          await deleteSecret(where, chosen);
          address.go({ secret: "" });
        }}
      >
        It can be recovered for {vault.kept_days} days.
      </ConfirmDialog>
    </Page>
  );
}

function Addresses({ where }: { where: Where }) {
  const { data: vault } = useSuspenseQuery(vaultQuery(where));
  if (!vault.url) {
    return <p className={css.note}>The server has no HTTPS port, so that clients of Azure Key Vault cannot reach this vault; set WORKSTEAD_HTTPS_PORT.</p>;
  }
  return (
    <section className={css.essentials} aria-label="Essentials">
      <Facts inline items={[["Vault URI", <Copy key="url" text={vault.url} />], ["By its own name", vault.own_url && <Copy key="own" text={vault.own_url} />]]} />
    </section>
  );
}

function columnsOf(where: Where): Column<Secret>[] {
  return [
    {
      id: "name",
      title: "Name",
      width: "minmax(180px, 2fr)",
      cell: ({ name }) => <Link to={paths.keyVault(where, name)}>{name}</Link>,
    },
    { id: "type", title: "Content type", width: "minmax(120px, 1fr)", cell: ({ content_type }) => content_type || "--" },
    { id: "state", title: "State", width: "110px", cell: ({ enabled }) => (enabled ? "Enabled" : "Disabled") },
    { id: "expires", title: "Expires", width: "180px", cell: ({ expires }) => <Time at={expires} /> },
    { id: "set", title: "Set", width: "180px", cell: ({ created_at }) => <Time at={created_at} /> },
    { id: "by", title: "By", width: "minmax(80px, 1fr)", cell: ({ created_by }) => created_by },
  ];
}
