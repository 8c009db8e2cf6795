/** Two texts against each other, as a unified diff. The library that compares is loaded with this module. */

import { structuredPatch } from "diff";
import { Fragment, useMemo } from "react";
import css from "./Patch.module.css";

const AROUND = 3;
const LONGEST_MS = 2_000;

interface Props {
  label: string;
  before: string;
  after: string;
}

export default function Patch({ label, before, after }: Props) {
  const patch = useMemo(() => structuredPatch("", "", before, after, "", "", { context: AROUND, timeout: LONGEST_MS }), [before, after]);
  if (!patch) return <p className={css.note}>These files differ in too much to be compared line by line here.</p>;
  return (
    <div className={css.patch} role="region" aria-label={label} tabIndex={0}>
      <table>
        <tbody>
          {patch.hunks.map((hunk) => (
            <Fragment key={hunk.oldStart}>
              <tr className={css.place}>
                <td colSpan={3}>{`Lines ${hunk.oldStart} to ${hunk.oldStart + hunk.oldLines}, now ${hunk.newStart} to ${hunk.newStart + hunk.newLines}`}</td>
              </tr>
              <Lines lines={hunk.lines} old={hunk.oldStart} now={hunk.newStart} />
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Lines({ lines, old, now }: { lines: string[]; old: number; now: number }) {
  let before = old;
  let after = now;
  return lines.map((line, at) => {
    const sign = line.charAt(0);
    const kind = sign === "+" ? css.added : sign === "-" ? css.removed : "";
    return (
      <tr key={at} className={kind}>
        <td className={css.number}>{sign === "+" || sign === "\\" ? "" : before++}</td>
        <td className={css.number}>{sign === "-" || sign === "\\" ? "" : after++}</td>
        <td>
          <code>{line}</code>
        </td>
      </tr>
    );
  });
}
