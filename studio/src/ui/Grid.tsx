/** A table of any length: rows are drawn when they come into view and read when the end comes near. */

import { Spinner } from "@fluentui/react-components";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, memo, useCallback, useEffect, useRef } from "react";
import css from "./Grid.module.css";
import { ColumnHeader } from "./GridHeader";

const ROW = 44;
// Far enough that the next page is there before a fast wheel is.
const NEAR_END = 60;

export interface Column<T> {
  id: string;
  title: string;
  /** Stands in the heading for the title. */
  heading?: ReactNode;
  /** A CSS grid track: `160px`, `minmax(200px, 2fr)`. */
  width: string;
  end?: boolean;
  /** Whether the column stays when the table is scrolled sideways; for the first one. */
  pinned?: boolean;
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
  /** Lets columns be moved by dragging a heading, or with Alt and an arrow on it; `to` is whose place is taken. */
  onMove?: (column: string, to: string) => void;
  /** With these two, rows can be ticked; with Shift all rows from the one ticked before. */
  chosen?: ReadonlySet<string>;
  onChoose?: (chosen: ReadonlySet<string>) => void;
  /** Called when the last rows come near. */
  onEnd?: () => void;
  /** Told which rows are drawn, from the first to the last. */
  onDrawn?: (first: number, last: number) => void;
  reading?: boolean;
  /** Whether the rows are of an earlier question, until those asked for are here. */
  busy?: boolean;
  /** Whether the table takes the height that is left and scrolls inside. */
  fill?: boolean;
  empty?: ReactNode;
}

export function Grid<T>(props: GridProps<T>) {
  const { label, rows, columns, chosen, onEnd, onDrawn, reading, busy, fill, empty, sort } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    enabled: fill === true,
  });
  const toggle = useToggle(props);
  useTopAfterSort(scroller, sort);
  const tracks = columns.map((column) => column.width).join(" ");
  const gridTemplateColumns = chosen ? `40px ${tracks}` : tracks;
  const shown = fill ? virtual.getVirtualItems() : rows.map((_, index) => ({ index, start: index * ROW }));
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onEnd && last >= rows.length - NEAR_END) onEnd();
  }, [onEnd, last, rows.length]);
  useEffect(() => onDrawn?.(first, last), [onDrawn, first, last]);
  if (rows.length === 0 && !reading && !busy && empty) return <>{empty}</>;
  return (
    <div ref={scroller} className={[css.scroll, fill && css.fill, chosen && css.ticking].filter(Boolean).join(" ")} tabIndex={0} role="region" aria-label={label}>
      <div role="table" aria-label={label} aria-busy={busy === true} aria-rowcount={onEnd ? -1 : rows.length + 1} className={css.table}>
        <div role="rowgroup" className={css.headers}>
          <div role="row" className={`${css.row} ${css.header}`} style={{ gridTemplateColumns }}>
            {chosen && <ChooseAll {...props} />}
            {columns.map((column, at) => (
              <ColumnHeader
                key={column.id}
                column={column}
                before={columns[at - 1]?.id}
                after={columns[at + 1]?.id}
                sort={sort}
                onSort={props.onSort}
                onMove={props.onMove}
              />
            ))}
          </div>
        </div>
        <div role="rowgroup" className={css.body} style={{ height: rows.length * ROW }}>
          {shown.map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const id = props.rowId(row);
            const ticked = chosen?.has(id);
            return <Row key={id} {...{ id, row, columns, index, start, ticked, toggle }} tracks={gridTemplateColumns} />;
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

type Toggle = (id: string, range: boolean) => void;

/** Ticks or unticks a row; with `range` also all between it and the one ticked before. */
function useToggle<T>(props: GridProps<T>): Toggle {
  const latest = useRef(props);
  latest.current = props;
  const before = useRef<string | null>(null);
  return useCallback((id, range) => {
    const { rows, rowId, chosen, onChoose } = latest.current;
    const next = new Set(chosen);
    const wanted = !next.has(id);
    const ids = rows.map(rowId);
    const from = range && before.current !== null ? ids.indexOf(before.current) : -1;
    const at = ids.indexOf(id);
    const through = from < 0 ? [id] : ids.slice(Math.min(from, at), Math.max(from, at) + 1);
    for (const each of through) {
      if (wanted) next.add(each);
      else next.delete(each);
    }
    before.current = id;
    onChoose?.(next);
  }, []);
}

function useTopAfterSort(scroller: React.RefObject<HTMLDivElement | null>, sort: Sort | undefined): void {
  const order = `${sort?.column} ${sort?.descending}`;
  const drawn = useRef(order);
  useEffect(() => {
    if (drawn.current === order) return;
    drawn.current = order;
    scroller.current?.scrollTo({ top: 0 });
  }, [scroller, order]);
}

interface RowProps<T> {
  id: string;
  row: T;
  columns: Column<T>[];
  index: number;
  start: number;
  tracks: string;
  /** undefined: rows cannot be ticked. */
  ticked: boolean | undefined;
  toggle: Toggle;
}

function RowView<T>({ id, row, columns, index, start, tracks, ticked, toggle }: RowProps<T>) {
  const style = { gridTemplateColumns: tracks, top: start };
  return (
    <div role="row" aria-rowindex={index + 2} className={ticked ? `${css.row} ${css.placed} ${css.chosen}` : `${css.row} ${css.placed}`} style={style}>
      {ticked !== undefined && (
        <div role="cell" className={css.check}>
          <input
            type="checkbox"
            checked={ticked}
            aria-label={`Select row ${index + 1}`}
            onChange={({ nativeEvent }) => toggle(id, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)}
          />
        </div>
      )}
      {columns.map((column) => (
        <div key={column.id} role="cell" className={cellClass(column)}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

/** How a cell of that column looks. */
export function cellClass({ end, pinned }: Pick<Column<never>, "end" | "pinned">): string {
  return [css.cell, end && css.end, pinned && css.pinned].filter(Boolean).join(" ");
}

// A scrolled table draws only the rows that are new.
const Row = memo(RowView) as typeof RowView;

function ChooseAll<T>({ rows, rowId, chosen, onChoose }: GridProps<T>) {
  const count = chosen?.size ?? 0;
  const all = count > 0 && count >= rows.length;
  const turn = () => onChoose?.(all ? new Set() : new Set(rows.map(rowId)));
  const mixed = useCallback((box: HTMLInputElement | null) => void (box && (box.indeterminate = count > 0 && !all)), [count, all]);
  return (
    <div role="columnheader" className={css.check}>
      <input ref={mixed} type="checkbox" checked={all} onChange={turn} aria-label="Select all rows" />
    </div>
  );
}
