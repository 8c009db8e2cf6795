/** The heading of a table's column: sorts when it is pressed, moves when it is dragged or pushed with Alt and an arrow. */

import { ArrowDownRegular } from "@fluentui/react-icons/svg/arrow-down";
import { ArrowUpRegular } from "@fluentui/react-icons/svg/arrow-up";
import type { DragEvent, KeyboardEvent } from "react";
import { type Column, type Sort, cellClass } from "./Grid";
import css from "./Grid.module.css";

const DRAGGED = "application/x-workstead-column";

interface Props<T> {
  column: Column<T>;
  /** The columns at its sides. */
  before: string | undefined;
  after: string | undefined;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
  onMove: ((column: string, to: string) => void) | undefined;
}

export function ColumnHeader<T>({ column, before, after, sort, onSort, onMove }: Props<T>) {
  const active = sort?.column === column.id;
  const order = active ? (sort.descending ? "descending" : "ascending") : undefined;
  const turn = () => onSort?.({ column: column.id, descending: active ? !sort.descending : true });
  const onKeyDown = (event: KeyboardEvent) => {
    const to = event.key === "ArrowLeft" ? before : event.key === "ArrowRight" ? after : undefined;
    if (!event.altKey || to === undefined || onMove === undefined) return;
    event.preventDefault();
    onMove(column.id, to);
  };
  return (
    <div
      role="columnheader"
      aria-sort={order}
      className={cellClass(column)}
      title={column.title}
      onKeyDown={onKeyDown}
      {...(onMove && dragging(column.id, onMove))}
    >
      {column.sortable && onSort ? (
        <button type="button" className={css.sort} onClick={turn}>
          <span>{column.title}</span>
          {active && (sort.descending ? <ArrowDownRegular /> : <ArrowUpRegular />)}
        </button>
      ) : (
        (column.heading ?? column.title)
      )}
    </div>
  );
}

function dragging(column: string, onMove: (column: string, to: string) => void) {
  return {
    draggable: true,
    onDragStart: ({ dataTransfer }: DragEvent) => dataTransfer.setData(DRAGGED, column),
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer.types.includes(DRAGGED)) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      const moved = event.dataTransfer.getData(DRAGGED);
      if (moved && moved !== column) onMove(moved, column);
    },
  };
}
