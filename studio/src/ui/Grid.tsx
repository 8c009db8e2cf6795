/** A table of any length: rows are drawn when they come into view and read when the end comes near. */

import { Checkbox, Spinner } from "@fluentui/react-components";
import { ArrowDownRegular } from "@fluentui/react-icons/svg/arrow-down";
import { ArrowUpRegular } from "@fluentui/react-icons/svg/arrow-up";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
import css from "./Grid.module.css";

const ROW = 44;
const NEAR_END = 15;

export interface Column<T> {
  id: string;
  title: string;
  /** A CSS grid track: `160px`, `minmax(200px, 2fr)`. */
  width: string;
  end?: boolean;
  sortable?: boolean;
  cell: (row: T) => ReactNode;
}

export interface Sort {
  column: string;
  descending: boolean;
}

export interface GridProps<T> {
  label: string;
  rows: T[];
  rowId: (row: T) => string;
  columns: Column<T>[];
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  /** With these two, rows can be ticked. */
  chosen?: ReadonlySet<string>;
  onChoose?: (chosen: ReadonlySet<string>) => void;
  /** Called when the last rows come near. */
  onEnd?: () => void;
  reading?: boolean;
  /** Whether the table takes the height that is left and scrolls inside. */
  fill?: boolean;
  empty?: ReactNode;
}

export function Grid<T>(props: GridProps<T>) {
  const { label, rows, columns, chosen, onEnd, reading, fill, empty } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    enabled: fill === true,
  });
  const tracks = columns.map((column) => column.width).join(" ");
  const gridTemplateColumns = chosen ? `40px ${tracks}` : tracks;
  const shown = fill ? virtual.getVirtualItems() : rows.map((_, index) => ({ index, start: index * ROW }));
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onEnd && last >= rows.length - NEAR_END) onEnd();
  }, [onEnd, last, rows.length]);
  if (rows.length === 0 && !reading && empty) return <>{empty}</>;
  return (
    <div ref={scroller} className={fill ? `${css.scroll} ${css.fill}` : css.scroll} tabIndex={0} role="region" aria-label={label}>
      <div role="table" aria-label={label} aria-rowcount={onEnd ? -1 : rows.length + 1} className={css.table}>
        <div role="rowgroup">
          <div role="row" className={`${css.row} ${css.header}`} style={{ gridTemplateColumns }}>
            {chosen && <ChooseAll {...props} />}
            {columns.map((column) => (
              <Header key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </div>
        </div>
        <div role="rowgroup" className={css.body} style={{ height: rows.length * ROW }}>
          {shown.map(({ index, start }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <Row key={props.rowId(row)} {...props} row={row} index={index} start={start} tracks={gridTemplateColumns} />
            );
          })}
        </div>
        {reading && (
          <div className={css.more}>
            <Spinner size="tiny" aria-label="Reading more" />
          </div>
        )}
      </div>
    </div>
  );
}

interface HeaderProps<T> {
  column: Column<T>;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}

function Header<T>({ column, sort, onSort }: HeaderProps<T>) {
  const active = sort?.column === column.id;
  const order = active ? (sort.descending ? "descending" : "ascending") : undefined;
  const turn = () => onSort?.({ column: column.id, descending: active ? !sort.descending : true });
  return (
    <div role="columnheader" aria-sort={order} className={column.end ? `${css.cell} ${css.end}` : css.cell} title={column.title}>
      {column.sortable && onSort ? (
        <button type="button" className={css.sort} onClick={turn}>
          <span>{column.title}</span>
          {active && (sort.descending ? <ArrowDownRegular /> : <ArrowUpRegular />)}
        </button>
      ) : (
        column.title
      )}
    </div>
  );
}

interface RowProps<T> extends GridProps<T> {
  row: T;
  index: number;
  start: number;
  tracks: string;
}

function Row<T>({ row, rowId, columns, chosen, onChoose, index, start, tracks }: RowProps<T>) {
  const id = rowId(row);
  const ticked = chosen?.has(id) ?? false;
  const style = { gridTemplateColumns: tracks, position: "absolute" as const, top: start, left: 0, right: 0 };
  return (
    <div role="row" aria-rowindex={index + 2} className={ticked ? `${css.row} ${css.chosen}` : css.row} style={style}>
      {chosen && (
        <div role="cell" className={css.check}>
          <Checkbox checked={ticked} onChange={() => onChoose?.(toggled(chosen, id))} aria-label={`Select row ${index + 1}`} />
        </div>
      )}
      {columns.map((column) => (
        <div key={column.id} role="cell" className={column.end ? `${css.cell} ${css.end}` : css.cell}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

function ChooseAll<T>({ rows, rowId, chosen, onChoose }: GridProps<T>) {
  const count = chosen?.size ?? 0;
  const all = count > 0 && count >= rows.length;
  const turn = () => onChoose?.(all ? new Set() : new Set(rows.map(rowId)));
  return (
    <div role="columnheader" className={css.check}>
      <Checkbox checked={all ? true : count > 0 ? "mixed" : false} onChange={turn} aria-label="Select all rows" />
    </div>
  );
}

function toggled(chosen: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}
