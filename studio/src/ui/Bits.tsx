/** Small pieces that pages are made of. */

import { Button, Tooltip } from "@fluentui/react-components";
import { CheckmarkRegular } from "@fluentui/react-icons/svg/checkmark";
import { CopyRegular } from "@fluentui/react-icons/svg/copy";
import { ErrorCircleFilled } from "@fluentui/react-icons/svg/error-circle";
import { type ReactNode, useState } from "react";
import css from "./Bits.module.css";
import { formatExactTime, formatTime } from "./format";

interface CardProps {
  title?: string;
  actions?: ReactNode;
  children: ReactNode;
}

export function Card({ title, actions, children }: CardProps) {
  return (
    <section className={css.card} aria-label={title}>
      {title && (
        <div className={css.cardHead}>
          <h2>{title}</h2>
          {actions}
        </div>
      )}
      <div className={css.cardBody}>{children}</div>
    </section>
  );
}

/** Names with their values; `inline` sets them side by side. */
export function Facts({ items, inline }: { items: [string, ReactNode][]; inline?: boolean }) {
  return (
    <dl className={inline ? `${css.facts} ${css.inline}` : css.facts}>
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? "--"}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A moment, with the second and the zone in the tooltip. */
export function Time({ at }: { at: string | number | null | undefined }) {
  if (at == null) return <>--</>;
  return (
    <time dateTime={new Date(at).toISOString()} title={formatExactTime(at)}>
      {formatTime(at)}
    </time>
  );
}

export type Tone = "good" | "bad" | "busy" | "calm";

/** A state as an icon and a word. */
export function Status({ icon, tone, live, children }: { icon: ReactNode; tone: Tone; live?: boolean; children: ReactNode }) {
  return (
    <span className={`${css.status} ${css[tone]} ${live ? css.live : ""}`}>
      {icon}
      {children}
    </span>
  );
}

/** Tags as pills, `name: value`. */
export function Tags({ tags, none = "No tags" }: { tags: Record<string, string>; none?: string }) {
  const pairs = Object.entries(tags);
  if (pairs.length === 0) return none ? <span className={css.note}>{none}</span> : null;
  return (
    <span className={css.tags}>
      {pairs.map(([name, value]) => (
        <span key={name} className={css.tag} title={value ? `${name}: ${value}` : name}>
          {value ? <b>{name}</b> : name}
          {value}
        </span>
      ))}
    </span>
  );
}

/** A text with a button that copies it. */
export function Copy({ text }: { text: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <span className={css.copy}>
      {text}
      <Tooltip content={done ? "Copied" : "Copy"} relationship="label">
        <Button size="small" appearance="transparent" icon={done ? <CheckmarkRegular /> : <CopyRegular />} onClick={() => void copy()} />
      </Tooltip>
    </span>
  );
}

/** What went wrong, in a box that is noticed and read out. */
export function Alert({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <div className={css.alert} role="alert">
      <ErrorCircleFilled />
      <div>
        {title && <b>{title}</b>} {children}
      </div>
    </div>
  );
}
