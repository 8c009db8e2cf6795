/** Figures side by side, each under its name. */

import css from "./insights.module.css";

export function Tiles({ items }: { items: [string, string, boolean?][] }) {
  return (
    <dl className={css.tiles}>
      {items.map(([name, value, bad]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className={bad ? css.bad : ""}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
