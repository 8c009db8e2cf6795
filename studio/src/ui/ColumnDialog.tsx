/** Choose a table's columns and their order: by mouse, by dragging, by keyboard. */

import { Button, SearchBox } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { ChevronDownRegular } from "@fluentui/react-icons/svg/chevron-down";
import { ChevronUpRegular } from "@fluentui/react-icons/svg/chevron-up";
import { DismissRegular } from "@fluentui/react-icons/svg/dismiss";
import { ReOrderDotsVerticalRegular } from "@fluentui/react-icons/svg/re-order-dots-vertical";
import { type DragEvent, useState } from "react";
import css from "./ColumnDialog.module.css";
import { FormDialog } from "./Dialogs";

export interface ColumnChoice {
  id: string;
  title: string;
  group: string;
}

interface Props {
  /** What they are here: `columns` unless told. */
  noun?: string;
  /** All that there are; those chosen that are not among them stay. */
  columns: ColumnChoice[];
  chosen: ColumnChoice[];
  onClose: () => void;
  onSave: (ids: string[]) => void;
  /** Go back to what is usual. */
  onReset: () => void;
}

export function ColumnDialog({ noun = "columns", columns, chosen, onClose, onSave, onReset }: Props) {
  const [shown, setShown] = useState(chosen);
  const save = async () => onSave(shown.map(({ id }) => id));
  const others = columns.filter(({ id }) => !shown.some((column) => column.id === id));
  const reset = () => {
    onReset();
    onClose();
  };
  return (
    <FormDialog title={`Edit ${noun}`} verb="Apply" open onClose={onClose} onSubmit={save} disabled={shown.length === 0} wide>
      <div className={css.panes}>
        <Shown columns={shown} onChange={setShown} />
        <Others noun={noun} columns={others} onAdd={(column) => setShown([...shown, column])} />
      </div>
      <Button appearance="transparent" className={css.reset} onClick={reset}>
        {`Reset to the usual ${noun}`}
      </Button>
    </FormDialog>
  );
}

interface ShownProps {
  columns: ColumnChoice[];
  onChange: (columns: ColumnChoice[]) => void;
}

function Shown({ columns, onChange }: ShownProps) {
  const [dragged, setDragged] = useState<number | null>(null);
  const move = (from: number, to: number) => onChange(moved(columns, from, to));
  const over = (event: DragEvent, at: number) => {
    if (dragged === null) return;
    event.preventDefault();
    if (dragged === at) return;
    move(dragged, at);
    setDragged(at);
  };
  return (
    <section aria-label="Shown">
      <h3>Shown, in this order</h3>
      <ol className={css.list}>
        {columns.map(({ id, title, group }, at) => (
          <li key={id} draggable onDragStart={() => setDragged(at)} onDragOver={(event) => over(event, at)} onDragEnd={() => setDragged(null)}>
            <ReOrderDotsVerticalRegular className={css.grip} />
            <span className={css.title} title={title}>
              {title} <small>{group}</small>
            </span>
            <Button {...SMALL} icon={<ChevronUpRegular />} aria-label={`Move ${title} up`} disabledFocusable={at === 0} onClick={() => move(at, at - 1)} />
            <Button
              {...SMALL}
              icon={<ChevronDownRegular />}
              aria-label={`Move ${title} down`}
              disabledFocusable={at === columns.length - 1}
              onClick={() => move(at, at + 1)}
            />
            <Button {...SMALL} icon={<DismissRegular />} aria-label={`Hide ${title}`} onClick={() => onChange(columns.filter((_, other) => other !== at))} />
          </li>
        ))}
      </ol>
    </section>
  );
}

const SMALL = { size: "small", appearance: "subtle", type: "button" } as const;

function Others({ noun, columns, onAdd }: { noun: string; columns: ColumnChoice[]; onAdd: (column: ColumnChoice) => void }) {
  const [search, setSearch] = useState("");
  const fitting = columns.filter(({ title }) => title.toLowerCase().includes(search.toLowerCase()));
  return (
    <section aria-label={`More ${noun}`}>
      <h3>{`More ${noun}`}</h3>
      <SearchBox placeholder={`Search ${noun}`} value={search} onChange={(_, data) => setSearch(data.value)} />
      <ul className={css.list}>
        {fitting.map((column) => (
          <li key={column.id}>
            <span className={css.title} title={column.title}>
              {column.title} <small>{column.group}</small>
            </span>
            <Button {...SMALL} icon={<AddRegular />} aria-label={`Show ${column.title}`} onClick={() => onAdd(column)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The list with one item in another place; as it was where there is no such place. */
export function moved<T>(items: T[], from: number, to: number): T[] {
  const [item] = items.slice(from, from + 1);
  if (item === undefined || to < 0 || to >= items.length) return items;
  const others = items.toSpliced(from, 1);
  return others.toSpliced(to, 0, item);
}
