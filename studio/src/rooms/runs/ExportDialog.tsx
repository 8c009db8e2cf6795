/** The whole filtered list as a CSV file, with the columns of the table, read page by page. */

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, ProgressBar } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { sentence } from "../../api/client";
import type { Where } from "../../paths";
import { Alert } from "../../ui/Bits";
import { csvLine } from "../../ui/csv";
import { useWhere } from "../workspaces/where";
import { fieldOf, titleWithUnit } from "./fields";
import { type RunChoice, readRuns } from "./lists";
import type { View } from "./view";

const PAGE = 1000;

interface Props {
  view: View;
  columns: string[];
  onClose: () => void;
}

export function ExportDialog({ view, columns, onClose }: Props) {
  const where = useWhere();
  const [rows, setRows] = useState(0);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    const stop = new AbortController();
    writeCsv(where, view.choice, columns, setRows, stop.signal)
      .then((file) => {
        if (file === null) return;
        save(file, `${view.choice.experiment ?? where.workspace}-runs.csv`);
        onClose();
      })
      .catch((error: unknown) => setProblem(sentence(error)));
    return () => stop.abort();
    // Written once, as the table was when the dialog was opened.
  }, []);
  return (
    <Dialog open onOpenChange={(_, { open }) => !open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Export CSV</DialogTitle>
          <DialogContent>
            {problem ? <Alert>{problem}</Alert> : <ProgressBar aria-label="Export" />}
            <p aria-live="polite">{`${rows.toLocaleString("en-US")} runs read`}</p>
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>{problem ? "Close" : "Cancel"}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

/** The file; null when it was stopped. Kept in pieces, so that no text of all rows is ever made. */
async function writeCsv(
  where: Where,
  choice: RunChoice,
  columns: string[],
  tell: (rows: number) => void,
  stop: AbortSignal,
): Promise<Blob | null> {
  const fields = columns.flatMap((id) => fieldOf(id) ?? []);
  const parts = [csvLine(fields.map(titleWithUnit))];
  let rows = 0;
  let cursor: string | undefined;
  do {
    const page = await readRuns(where, choice, cursor, PAGE);
    if (stop.aborted) return null;
    parts.push(page.items.map((run) => csvLine(fields.map(({ value }) => value(run)))).join(""));
    rows += page.items.length;
    tell(rows);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return new Blob(parts, { type: "text/csv;charset=utf-8" });
}

function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has its own hold on the file by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
