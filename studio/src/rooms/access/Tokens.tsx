/** The tokens that hold: listed, made, revoked. For owners. */

import { Button, Field, Input, Select } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { DeleteRegular } from "@fluentui/react-icons/svg/delete";
import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Card, Copy, Time } from "../../ui/Bits";
import { ConfirmDialog, FormDialog } from "../../ui/Dialogs";
import { type Column, Grid } from "../../ui/Grid";
import { type Role, type Token, createToken, revokeToken, tokensQuery } from "./queries";

const LIFETIMES = { "1 day": 86_400, "30 days": 30 * 86_400, "1 year": 365 * 86_400 };

/** `scope` is the id of the resource that new tokens reach. */
export function Tokens({ scope }: { scope: string }) {
  const list = useSuspenseInfiniteQuery(tokensQuery);
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState("");
  const [revoking, setRevoking] = useState<Token | null>(null);
  const add = (
    <Button appearance="subtle" size="small" icon={<AddRegular />} onClick={() => setCreating(true)}>
      New token
    </Button>
  );
  return (
    <Card title="Tokens" actions={add}>
      <Grid
        label="Issued tokens"
        rows={list.data}
        rowId={({ id }) => id}
        columns={columnsOf(setRevoking)}
        onEnd={() => void (list.hasNextPage && !list.isFetchingNextPage && list.fetchNextPage())}
      />
      {creating && <CreateDialog scope={scope} onClose={() => setCreating(false)} onMade={setSecret} />}
      {secret && <SecretDialog secret={secret} onClose={() => setSecret("")} />}
      {revoking && (
        <ConfirmDialog title={`Revoke ${revoking.name}?`} verb="Revoke" open onClose={() => setRevoking(null)} onConfirm={() => revokeToken(revoking.id)}>
          Whoever uses it is signed out at once.
        </ConfirmDialog>
      )}
    </Card>
  );
}

function columnsOf(onRevoke: (token: Token) => void): Column<Token>[] {
  return [
    { id: "name", title: "Name", width: "minmax(150px, 1fr)", cell: ({ name }) => name },
    { id: "role", title: "Role", width: "110px", cell: ({ role }) => role },
    { id: "reach", title: "Reach", width: "minmax(130px, 1fr)", cell: ({ scope }) => <span title={scope ?? ""}>{scope?.split("/").at(-1) ?? "Everything"}</span> },
    { id: "expires", title: "Expires", width: "190px", cell: ({ expires_at }) => (expires_at ? <Time at={expires_at} /> : "Never") },
    {
      id: "revoke",
      title: "Revoke",
      width: "86px",
      cell: (token) => (
        <Button appearance="subtle" size="small" icon={<DeleteRegular />} aria-label={`Revoke ${token.name}`} onClick={() => onRevoke(token)} />
      ),
    },
  ];
}

interface CreateProps {
  scope: string;
  onClose: () => void;
  onMade: (secret: string) => void;
}

function CreateDialog({ scope, onClose, onMade }: CreateProps) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("Contributor");
  const [reach, setReach] = useState(scope);
  const [lifetime, setLifetime] = useState<number | null>(LIFETIMES["30 days"]);
  const create = async () => onMade(await createToken({ name, role, scope: reach || null, lifetime_s: lifetime }));
  return (
    <FormDialog title="Create a token" verb="Create" open onClose={onClose} onSubmit={create} disabled={!name.trim()}>
      <Field label="Name" required>
        <Input value={name} onChange={(_, data) => setName(data.value)} autoFocus />
      </Field>
      <Field label="Role">
        <Select value={role} onChange={(_, data) => setRole(data.value as Role)}>
          {["Reader", "Contributor", "Owner"].map((each) => (
            <option key={each}>{each}</option>
          ))}
        </Select>
      </Field>
      <Field label="Reach">
        <Select value={reach} onChange={(_, data) => setReach(data.value)}>
          <option value={scope}>This workspace</option>
          <option value="">Everything</option>
        </Select>
      </Field>
      <Field label="Expires after">
        <Select value={String(lifetime ?? "")} onChange={(_, data) => setLifetime(data.value ? Number(data.value) : null)}>
          {Object.entries(LIFETIMES).map(([label, seconds]) => (
            <option key={label} value={seconds}>
              {label}
            </option>
          ))}
          <option value="">Never</option>
        </Select>
      </Field>
    </FormDialog>
  );
}

function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <FormDialog title="Your new token" verb="Done" open onClose={onClose} onSubmit={() => Promise.resolve()}>
      <p>Copy it now: it is shown this once.</p>
      <Copy text={secret} />
    </FormDialog>
  );
}
