/** What narrows the table of runs: search, tag, expression, time, children, whose. */

import { Button, Field, Input, SearchBox, Select, Switch } from "@fluentui/react-components";
import { FilterRegular } from "@fluentui/react-icons/svg/filter";
import { FilterDismissRegular } from "@fluentui/react-icons/svg/filter-dismiss";
import { type ReactNode, useEffect, useState } from "react";
import { SPANS } from "./since";
import css from "./table.module.css";
import { type View, clearFilters } from "./view";

interface Props {
  view: View;
  /** What the server says against the filter. */
  problem: string;
}

export function RunFilters({ view, problem }: Props) {
  const { address, filtered } = view;
  return (
    <div className={css.filters} role="search" aria-label="Runs">
      <Typed view={view} name="search" label="Search runs">
        {(field) => <SearchBox {...field} className={css.search} placeholder="Search by name or id" />}
      </Typed>
      <Typed view={view} name="tag" label="Filter by tag">
        {(field) => <SearchBox {...field} className={css.tagField} placeholder="Tag or tag=value" />}
      </Typed>
      <Typed view={view} name="filter" label="Filter expression">
        {(field) => (
          <Field className={css.expression} validationMessage={problem || undefined} validationState={problem ? "error" : "none"}>
            <Input {...field} contentBefore={<FilterRegular />} placeholder={'accuracy > 0.9 and tags.kind = "base"'} spellCheck={false} />
          </Field>
        )}
      </Typed>
      <Submitted view={view} />
      {filtered && (
        <Button appearance="subtle" icon={<FilterDismissRegular />} onClick={() => clearFilters(address)}>
          Clear all
        </Button>
      )}
    </div>
  );
}

interface TypedField {
  value: string;
  "aria-label": string;
  onChange: (event: unknown, data: { value: string }) => void;
  onKeyDown: (event: { key: string }) => void;
  onBlur: () => void;
}

interface TypedProps {
  view: View;
  name: string;
  label: string;
  children: (field: TypedField) => ReactNode;
}

/** A text that counts with Enter, when the field is left, and at once when it is emptied. */
function Typed({ view: { address }, name, label, children }: TypedProps) {
  const kept = address.get(name);
  const [text, setText] = useState(kept);
  useEffect(() => setText(kept), [kept]);
  const take = (value: string) => {
    if (value !== kept) address.set({ [name]: value });
  };
  return children({
    value: text,
    "aria-label": label,
    onChange: (_event, { value }) => {
      setText(value);
      if (value === "") take("");
    },
    onKeyDown: ({ key }) => key === "Enter" && take(text.trim()),
    onBlur: () => take(text.trim()),
  });
}

export function RunToggles({ view }: { view: View }) {
  return (
    <>
      <Toggle view={view} name="children" label="Include child runs" />
      <Toggle view={view} name="mine" label="Only mine" />
      <Toggle view={view} name="starred" label="Starred" />
    </>
  );
}

function Toggle({ view: { address }, name, label }: { view: View; name: string; label: string }) {
  return <Switch size="small" label={label} checked={address.get(name) === "1"} onChange={(_, { checked }) => address.set({ [name]: checked ? "1" : "" })} />;
}

/** Since when runs were submitted: a while ago, or a day and until another. */
function Submitted({ view: { address } }: { view: View }) {
  const since = address.get("since");
  const days = since !== "" && !(since in SPANS);
  const today = new Date().toLocaleDateString("sv");
  const day = (name: string, label: string) => (
    <Input type="date" aria-label={label} value={address.get(name)} max={today} onChange={(_, { value }) => address.set({ [name]: value })} />
  );
  return (
    <>
      <Select
        aria-label="Submitted"
        value={days ? "days" : since}
        onChange={(_, { value }) => address.set({ since: value === "days" ? today : value, until: "" })}
      >
        <option value="">Any time</option>
        {Object.entries(SPANS).map(([span, { label }]) => (
          <option key={span} value={span}>
            {label}
          </option>
        ))}
        <option value="days">Between days…</option>
      </Select>
      {days && day("since", "Submitted from")}
      {days && day("until", "Submitted until")}
    </>
  );
}
