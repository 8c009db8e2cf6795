/** A page: breadcrumb, heading, commands, body. */

import { Button, type ButtonProps } from "@fluentui/react-components";
import { ChevronRightRegular } from "@fluentui/react-icons/svg/chevron-right";
import { Fragment, type ReactNode, useEffect } from "react";
import { Link } from "react-router";
import css from "./Page.module.css";

export interface Crumb {
  label: string;
  to?: string;
}

interface Props {
  crumbs: Crumb[];
  title: ReactNode;
  /** What the window is called; the last crumb unless told. */
  name?: string;
  subtitle?: ReactNode;
  icon?: ReactNode;
  /** Stands at the right of the heading. */
  aside?: ReactNode;
  commands?: ReactNode;
  /** Whether the body fills the window and scrolls inside. */
  fill?: boolean;
  children: ReactNode;
}

export function Page({ crumbs, title, name, subtitle, icon, aside, commands, fill, children }: Props) {
  const called = name ?? crumbs.at(-1)?.label ?? "";
  useEffect(() => {
    document.title = called ? `${called} · Workstead` : "Workstead";
  }, [called]);
  return (
    <div className={fill ? `${css.page} ${css.fill}` : css.page}>
      <Crumbs crumbs={crumbs} />
      <div className={css.head}>
        {icon && <span className={css.icon}>{icon}</span>}
        <div className={css.titles}>
          <h1>{title}</h1>
          {subtitle && <div className={css.subtitle}>{subtitle}</div>}
        </div>
        {aside}
      </div>
      {commands && <div className={css.commands}>{commands}</div>}
      <div className={css.body}>{children}</div>
    </div>
  );
}

function Crumbs({ crumbs }: { crumbs: Crumb[] }) {
  return (
    <nav className={css.crumbs} aria-label="Breadcrumb">
      <ol>
        {crumbs.map(({ label, to }, place) => (
          <Fragment key={`${place}:${label}`}>
            {place > 0 && (
              <li aria-hidden="true">
                <ChevronRightRegular />
              </li>
            )}
            <li>
              {to ? (
                <Link to={to}>{label}</Link>
              ) : (
                <span aria-current="page">{label}</span>
              )}
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}

/** A button of a page's command bar. */
export function Command(props: ButtonProps & { icon: ButtonProps["icon"]; children: ReactNode }) {
  return <Button appearance="subtle" {...props} />;
}
