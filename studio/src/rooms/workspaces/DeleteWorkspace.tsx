/** Asks before workspaces are deleted with all that is in them. */

import { ConfirmDialog } from "../../ui/Dialogs";
import { deleteWorkspace } from "./queries";
import type { Where } from "../../paths";

interface Props {
  where: Where;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeleteWorkspace({ where, onClose, onDeleted }: Props) {
  const remove = async () => {
    await deleteWorkspace(where);
    onDeleted();
  };
  return (
    <ConfirmDialog title={`Delete workspace ${where.workspace}?`} open onClose={onClose} onConfirm={remove} typed={where.workspace}>
      All that is in it is deleted too: experiments and runs, models, the files of its storage account, compute instances with
      their notebooks. This cannot be undone.
    </ConfirmDialog>
  );
}
