/** A run's name in a table: leads to the run, and is renamed where it stands. */

import { Button, Input } from "@fluentui/react-components";
import { EditRegular } from "@fluentui/react-icons/svg/edit";
import { type KeyboardEvent, useState } from "react";
import { Link } from "react-router";
import { sentence } from "../../api/client";
import { paths } from "../../paths";
import { useWhere } from "../workspaces/where";
import { renameRun } from "./lists";
import type { Run } from "./queries";
import css from "./table.module.css";

export function RunName({ run }: { run: Run }) {
  const [editing, setEditing] = useState(false);
  const where = useWhere();
  if (editing) return <NameField run={run} onDone={() => setEditing(false)} />;
  return (
    <span className={css.name}>
      <Link to={paths.run(where, run.id)} title={run.display_name}>
        {run.display_name}
      </Link>
      <Button
        className={css.rename}
        appearance="transparent"
        size="small"
        icon={<EditRegular />}
        aria-label={`Rename ${run.display_name}`}
        title="Rename"
        onClick={() => setEditing(true)}
      />
    </span>
  );
}

function NameField({ run, onDone }: { run: Run; onDone: () => void }) {
  const where = useWhere();
  const [text, setText] = useState(run.display_name);
  const [problem, setProblem] = useState("");
  const save = async () => {
    const name = text.trim();
    try {
      if (name && name !== run.display_name) await renameRun(where, run, name);
      onDone();
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") void save();
    if (event.key === "Escape") onDone();
  };
  return (
    <Input
      className={css.nameField}
      size="small"
      autoFocus
      value={text}
      aria-label="Display name"
      aria-invalid={problem !== ""}
      title={problem || undefined}
      maxLength={255}
      onFocus={({ target }) => target.select()}
      onChange={(_, data) => setText(data.value)}
      onKeyDown={onKeyDown}
      onBlur={() => void save()}
    />
  );
}
