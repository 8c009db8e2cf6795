/** Text line by line: numbered, wrapped or not, searched, and kept at its end while it grows. */

import { Button, SearchBox, Switch, Tooltip } from "@fluentui/react-components";
import { ArrowDownRegular } from "@fluentui/react-icons/svg/arrow-down";
import { ArrowUpRegular } from "@fluentui/react-icons/svg/arrow-up";
import { type KeyboardEvent, memo, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import css from "./Files.module.css";

const BLOCK = 200;

interface Props {
  text: string;
  /** What is left out, in words. */
  cut?: string;
  /** Whether to stay at the end when more comes, unless the reader has scrolled away from there. */
  follow?: boolean;
}

export function TextView({ text, cut, follow }: Props) {
  const [search, setSearch] = useState("");
  const [wrap, setWrap] = useState(true);
  const [turn, setTurn] = useState(0);
  const looked = useDeferredValue(search.toLowerCase());
  const lines = useMemo(() => text.replace(/\r?\n$/, "").split(/\r?\n/), [text]);
  const hits = useMemo(() => (looked ? lines.flatMap((line, at) => (line.toLowerCase().includes(looked) ? [at] : [])) : []), [lines, looked]);
  const current = hits.length > 0 ? (hits[((turn % hits.length) + hits.length) % hits.length] ?? null) : null;
  const change = (words: string) => {
    setSearch(words);
    setTurn(0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    setTurn(turn + (event.shiftKey ? -1 : 1));
  };
  const place = current === null ? 0 : hits.indexOf(current) + 1;
  return (
    <>
      <div className={css.viewBar}>
        <SearchBox size="small" placeholder="Search in file" value={search} onChange={(_, data) => change(data.value)} onKeyDown={onKeyDown} />
        {search && (
          <>
            <span className={css.note} role="status">
              {hits.length === 0 ? "No line has it" : `Line ${place} of ${hits.length.toLocaleString("en-US")} that have it`}
            </span>
            <Step label="Previous line" icon={<ArrowUpRegular />} onClick={() => setTurn(turn - 1)} />
            <Step label="Next line" icon={<ArrowDownRegular />} onClick={() => setTurn(turn + 1)} />
          </>
        )}
        <span className={css.space} />
        {cut && <span className={css.note}>{cut}</span>}
        <Switch label="Word wrap" checked={wrap} onChange={(_, data) => setWrap(data.checked)} />
      </div>
      <Lines lines={lines} search={looked} current={current} wrap={wrap} follow={follow === true} />
    </>
  );
}

function Step({ label, icon, onClick }: { label: string; icon: React.JSX.Element; onClick: () => void }) {
  return (
    <Tooltip content={label} relationship="label">
      <Button appearance="subtle" size="small" icon={icon} onClick={onClick} />
    </Tooltip>
  );
}

interface LinesProps {
  lines: string[];
  search: string;
  current: number | null;
  wrap: boolean;
  follow: boolean;
}

function Lines({ lines, search, current, wrap, follow }: LinesProps) {
  const holder = useRef<HTMLPreElement>(null);
  useEffect(() => {
    holder.current?.querySelector(`.${css.current}`)?.scrollIntoView({ block: "center" });
  }, [current]);
  const blocks = Array.from({ length: Math.ceil(lines.length / BLOCK) }, (_, at) => at * BLOCK);
  return (
    <pre ref={holder} className={`${css.text} ${wrap ? css.wrap : ""} ${follow ? css.follow : ""}`} tabIndex={0} aria-label="Contents">
      <div>
        {blocks.map((first) => (
          <Block
            key={first}
            text={lines.slice(first, first + BLOCK).join("\n")}
            first={first}
            search={search}
            current={current !== null && current >= first && current < first + BLOCK ? current - first : null}
          />
        ))}
      </div>
    </pre>
  );
}

interface BlockProps {
  text: string;
  first: number;
  search: string;
  current: number | null;
}

/** Lines that are drawn anew only when they change themselves. */
const Block = memo(function Block({ text, first, search, current }: BlockProps) {
  return (
    <div className={css.block}>
      {text.split("\n").map((line, at) => {
        const hit = search !== "" && line.toLowerCase().includes(search);
        return (
          <code key={at} data-line={first + at + 1} className={`${css.line} ${hit ? css.hit : ""} ${at === current ? css.current : ""}`}>
            {line}
          </code>
        );
      })}
    </div>
  );
});
