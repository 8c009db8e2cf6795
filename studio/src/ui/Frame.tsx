/** The frame around every page: top bar, left rail, and the bar that says that the server is away. */

import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, Spinner, Tooltip } from "@fluentui/react-components";
import { PersonCircleRegular } from "@fluentui/react-icons/svg/person-circle";
import { WeatherMoonRegular } from "@fluentui/react-icons/svg/weather-moon";
import { WeatherSunnyRegular } from "@fluentui/react-icons/svg/weather-sunny";
import { type ReactNode, Suspense } from "react";
import { Link, NavLink } from "react-router";
import { useAway } from "../api/connection";
import mark from "../mark.svg";
import css from "./Frame.module.css";
import { Waiting } from "./States";
import { chooseDark, useDark } from "./theme";

export interface RailItem {
  to: string;
  label: string;
  icon: ReactNode;
  /** Whether a thin line stands above. */
  apart?: boolean;
  /** Whether the present page lies below this item. */
  active: boolean;
}

interface Props {
  /** Where the reader is, beside the product's name. */
  place?: string;
  rail?: RailItem[];
  user?: string;
  onSignOut: () => void;
  children: ReactNode;
}

export function Frame({ place, rail = [], user, onSignOut, children }: Props) {
  return (
    <div className={css.frame}>
      <a className={css.skip} href="#content">
        Skip to the content
      </a>
      <header className={css.top}>
        <Link to="/" className={css.mark} aria-label="Workstead, all workspaces">
          <img src={mark} alt="" />
          Workstead
        </Link>
        {place && <span className={css.place}>{place}</span>}
        <span className={css.space} />
        <ThemeButton />
        <UserMenu user={user} onSignOut={onSignOut} />
      </header>
      {rail.length > 0 && <Rail items={rail} />}
      <main className={css.main} id="content" tabIndex={-1}>
        <Suspense fallback={<Waiting />}>{children}</Suspense>
      </main>
      <AwayBar />
    </div>
  );
}

function Rail({ items }: { items: RailItem[] }) {
  return (
    <nav className={css.rail} aria-label="Workspace">
      {items.map((item) => (
        <RailLink key={item.label} {...item} />
      ))}
    </nav>
  );
}

function RailLink({ to, label, icon, apart, active }: RailItem) {
  const className = active ? `${css.railItem} ${css.railActive}` : css.railItem;
  return (
    <>
      {apart && <div className={css.railGap} />}
      <NavLink to={to} className={className} aria-current={active ? "page" : undefined} title={label}>
        {icon}
        <span>{label}</span>
      </NavLink>
    </>
  );
}

function ThemeButton() {
  const dark = useDark();
  const label = dark ? "Light theme" : "Dark theme";
  return (
    <Tooltip content={label} relationship="label">
      <Button
        appearance="subtle"
        className={css.topButton}
        icon={dark ? <WeatherSunnyRegular /> : <WeatherMoonRegular />}
        onClick={() => chooseDark(!dark)}
      />
    </Tooltip>
  );
}

function UserMenu({ user, onSignOut }: { user?: string; onSignOut: () => void }) {
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" className={css.topButton} icon={<PersonCircleRegular />} aria-label="Your account">
          {user}
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItem onClick={() => window.open("/api/v1/docs/", "_blank", "noopener")}>API reference</MenuItem>
          <MenuItem onClick={onSignOut}>Sign out</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

function AwayBar() {
  if (!useAway()) return null;
  return (
    <div className={css.away} role="status">
      <Spinner size="tiny" />
      The server does not answer. What you see stays; this page goes on by itself when it is back.
    </div>
  );
}
