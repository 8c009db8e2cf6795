/** The value of a secret's version: hidden until somebody asks, and hidden again when the page is left. */

import { Button } from "@fluentui/react-components";
import { EyeRegular } from "@fluentui/react-icons/svg/eye";
import { EyeOffRegular } from "@fluentui/react-icons/svg/eye-off";
import { useState } from "react";
import { sentence } from "../../api/client";
import type { Where } from "../../paths";
import { Alert, Copy } from "../../ui/Bits";
import { type Secret, readSecret } from "./queries";
import css from "./secrets.module.css";

export function SecretValue({ where, secret }: { where: Where; secret: Secret }) {
  const [value, setValue] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const show = async () => {
    setProblem("");
    try {
      setValue(await readSecret(where, secret.name, secret.version));
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  return (
    <div className={css.value}>
      {problem && <Alert>{problem}</Alert>}
      {value === null ? (
        <>
          <span aria-label="Hidden value">••••••••</span>
          <Button size="small" icon={<EyeRegular />} onClick={() => void show()}>
            Show
          </Button>
          <span className={css.note}>Showing it is written down.</span>
        </>
      ) : (
        <>
          <code>
            <Copy text={value} />
          </code>
          <Button size="small" icon={<EyeOffRegular />} onClick={() => setValue(null)}>
            Hide
          </Button>
        </>
      )}
    </div>
  );
}
