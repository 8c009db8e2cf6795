/** A reader's own mark on a run. */

import { StarFilled, StarRegular } from "@fluentui/react-icons/svg/star";
import { useWhere } from "../workspaces/where";
import { starRun } from "./lists";
import type { Run } from "./queries";
import css from "./table.module.css";

export function Star({ run }: { run: Run }) {
  const where = useWhere();
  const starred = run.starred === true;
  return (
    <button
      type="button"
      className={starred ? `${css.star} ${css.starred}` : css.star}
      aria-pressed={starred}
      aria-label={`Star ${run.display_name}`}
      title={starred ? "Remove the star" : "Star"}
      onClick={() => void starRun(where, run, !starred)}
    >
      {starred ? <StarFilled /> : <StarRegular />}
    </button>
  );
}
