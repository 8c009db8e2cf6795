/** Where Azure's clients find the account, its two keys, and signatures that open a part of it. */

import { Button } from "@fluentui/react-components";
import { useSuspenseQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { sentence } from "../../api/client";
import type { Where } from "../../paths";
import { Alert, Card, Copy, Facts, Time } from "../../ui/Bits";
import { ConfirmDialog } from "../../ui/Dialogs";
import { SignatureDialog } from "./SignatureDialog";
import { accountQuery, readKey, rotateKey } from "./account";
import css from "./artifacts.module.css";

export function AccountPanel({ where }: { where: Where }) {
  const { data } = useSuspenseQuery(accountQuery(where));
  return (
    <div className={css.account}>
      <Card title="Keys">
        <Facts
          items={[
            ["Address", <Copy key="address" text={data.url} />],
            ...data.keys.map((key): [string, ReactNode] => [
              key.name,
              <Key key={key.name} where={where} name={key.name} made={key.created_at} />,
            ]),
          ]}
        />
      </Card>
      <Signature where={where} />
    </div>
  );
}

function Key({ where, name, made }: { where: Where; name: string; made?: string | null }) {
  const [value, setValue] = useState("");
  const [problem, setProblem] = useState("");
  const [rotating, setRotating] = useState(false);
  const show = async () => {
    setProblem("");
    try {
      setValue(await readKey(where, name));
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  const rotate = async () => {
    await rotateKey(where, name);
    setValue("");
  };
  return (
    <div className={css.key}>
      {problem && <Alert>{problem}</Alert>}
      {value ? <Copy text={value} /> : <span aria-label={`Hidden ${name}`}>••••••••</span>}
      {value ? (
        <Button size="small" onClick={() => setValue("")}>
          Hide {name}
        </Button>
      ) : (
        <Button size="small" onClick={() => void show()}>
          Show {name}
        </Button>
      )}
      <Button size="small" onClick={() => setRotating(true)}>
        Rotate {name}
      </Button>
      {made && (
        <span>
          made <Time at={made} />
        </span>
      )}
      {rotating && (
        <ConfirmDialog title={`Rotate ${name}?`} verb="Rotate" open onClose={() => setRotating(false)} onConfirm={rotate} typed={name}>
          Programs that sign in with this key are refused from now on, and so is every signature that was made with it. What
          uses the other key goes on.
        </ConfirmDialog>
      )}
    </div>
  );
}

function Signature({ where }: { where: Where }) {
  const [asking, setAsking] = useState(false);
  const [url, setUrl] = useState("");
  return (
    <Card title="Shared access signature">
      <p className={css.note}>An address that opens a part of the account for some time, to whoever has it.</p>
      <Button onClick={() => setAsking(true)}>Make signature</Button>
      {url && (
        <p className={css.made}>
          <Copy text={url} />
        </p>
      )}
      {asking && <SignatureDialog where={where} onClose={() => setAsking(false)} onMade={setUrl} />}
    </Card>
  );
}
