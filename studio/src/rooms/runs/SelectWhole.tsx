/** Offers to tick the whole list, with the runs that the table has not read yet. */

import { Button } from "@fluentui/react-components";
import { useState } from "react";
import { sentence } from "../../api/client";
import { readAll } from "../../api/queries";
import { Alert } from "../../ui/Bits";
import { useWhere } from "../workspaces/where";
import { type RunChoice, readRuns } from "./lists";
import type { Run } from "./queries";
import css from "./table.module.css";

const PAGE = 1000;

interface Props {
  choice: RunChoice;
  /** How many the table has read; all are ticked. */
  read: number;
  /** How many the list has. */
  count: number;
  onSelect: (runs: Run[]) => void;
}

export function SelectWhole({ choice, read, count, onSelect }: Props) {
  const where = useWhere();
  const [reading, setReading] = useState(false);
  const [problem, setProblem] = useState("");
  const select = () => {
    setReading(true);
    readAll((cursor) => readRuns(where, choice, cursor, PAGE))
      .then(onSelect)
      .catch((error: unknown) => setProblem(sentence(error)))
      .finally(() => setReading(false));
  };
  return (
    <div className={css.whole} role="status">
      {problem && <Alert>{problem}</Alert>}
      {`The ${read.toLocaleString("en-US")} runs read so far are selected.`}
      <Button size="small" appearance="subtle" disabled={reading} onClick={select}>
        {reading ? "Reading…" : `Select all ${count.toLocaleString("en-US")}`}
      </Button>
    </div>
  );
}
