/** Dialogs: ask before something is lost, fill in a form. */

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  Spinner,
} from "@fluentui/react-components";
import { type FormEvent, type ReactNode, useState } from "react";
import { sentence } from "../api/client";
import { Alert } from "./Bits";

interface FormProps {
  title: string;
  /** The button that does it. */
  verb: string;
  open: boolean;
  onClose: () => void;
  /** Does it; the dialog closes when the promise is kept, and shows the error when it is not. */
  onSubmit: () => Promise<unknown>;
  disabled?: boolean;
  wide?: boolean;
  children: ReactNode;
}

export function FormDialog({ title, verb, open, onClose, onSubmit, disabled, wide, children }: FormProps) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      await onSubmit();
      onClose();
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  const change = (next: boolean) => {
    setProblem("");
    if (!next) onClose();
  };
  return (
    <Dialog open={open} onOpenChange={(_, data) => change(data.open)}>
      <DialogSurface style={wide ? { maxWidth: 820 } : undefined}>
        <form onSubmit={(event) => void submit(event)}>
          <DialogBody>
            <DialogTitle>{title}</DialogTitle>
            <DialogContent style={{ display: "grid", gap: 14, paddingBlock: 8, alignContent: "start" }}>
              {problem && <Alert>{problem}</Alert>}
              {children}
            </DialogContent>
            <DialogActions>
              <Button type="submit" appearance="primary" disabled={disabled === true || busy} icon={busy ? <Spinner size="tiny" /> : undefined}>
                {verb}
              </Button>
              <Button type="button" onClick={onClose}>
                Cancel
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

interface ConfirmProps {
  title: string;
  verb?: string;
  open: boolean;
  onClose: () => void;
  onConfirm: () => Promise<unknown>;
  /** A name to type before the button works. */
  typed?: string;
  children: ReactNode;
}

export function ConfirmDialog({ title, verb = "Delete", open, onClose, onConfirm, typed, children }: ConfirmProps) {
  const [text, setText] = useState("");
  return (
    <FormDialog
      title={title}
      verb={verb}
      open={open}
      onClose={onClose}
      onSubmit={onConfirm}
      disabled={typed !== undefined && text !== typed}
    >
      <div>{children}</div>
      {typed !== undefined && (
        <Field label={`Type “${typed}” to confirm`}>
          <Input value={text} onChange={(_, data) => setText(data.value)} autoFocus />
        </Field>
      )}
    </FormDialog>
  );
}
