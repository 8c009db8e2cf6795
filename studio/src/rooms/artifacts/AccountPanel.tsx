/** Where Azure's clients find the account, its two keys, and signatures that open a part of it. */

import { Button, Field, Input } from "@fluentui/react-components";
import { useSuspenseQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { sentence } from "../../api/client";
import type { Where } from "../../paths";
import { Alert, Card, Copy, Facts, Time } from "../../ui/Bits";
import { accountQuery, createSas, readKey, rotateKey } from "./account";
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
  const act = async (work: () => Promise<string>) => {
    setProblem("");
    try {
      setValue(await work());
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  const rotate = async () => {
    await rotateKey(where, name);
    return "";
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
        <Button size="small" onClick={() => void act(() => readKey(where, name))}>
          Show {name}
        </Button>
      )}
      <Button size="small" onClick={() => void act(rotate)}>
        Rotate {name}
      </Button>
      {made && (
        <span>
          made <Time at={made} />
        </span>
      )}
    </div>
  );
}

function Signature({ where }: { where: Where }) {
  const [container, setContainer] = useState("");
  const [blob, setBlob] = useState("");
  const [permissions, setPermissions] = useState("r");
  const [hours, setHours] = useState("1");
  const [url, setUrl] = useState("");
  const [problem, setProblem] = useState("");
  const make = async () => {
    setProblem("");
    try {
      setUrl(await createSas(where, container, blob, permissions, Number(hours)));
    } catch (error) {
      setUrl("");
      setProblem(sentence(error));
    }
  };
  return (
    <Card title="Shared access signature">
      <div className={css.signature}>
        <Field label="Container" hint="Empty is the whole account.">
          <Input value={container} onChange={(_, data) => setContainer(data.value)} />
        </Field>
        <Field label="Blob" hint="Empty is the whole container.">
          <Input value={blob} onChange={(_, data) => setBlob(data.value)} />
        </Field>
        <Field label="Rights" hint="r read, l list, c create, w write, d delete.">
          <Input value={permissions} onChange={(_, data) => setPermissions(data.value)} />
        </Field>
        <Field label="Hours" hint="How long it holds.">
          <Input type="number" min={1} value={hours} onChange={(_, data) => setHours(data.value)} />
        </Field>
      </div>
      <Button appearance="primary" disabled={!permissions || !(Number(hours) > 0)} onClick={() => void make()}>
        Make signature
      </Button>
      {problem && <Alert>{problem}</Alert>}
      {url && (
        <p className={css.made}>
          <Copy text={url} />
        </p>
      )}
    </Card>
  );
}
