/** The menu of views that the reader has saved: go to one, keep this one, forget it. */

import { Field, Input, Menu, MenuDivider, MenuItem, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import { BookmarkRegular } from "@fluentui/react-icons/svg/bookmark";
import { useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { FormDialog } from "../../ui/Dialogs";
import { Command } from "../../ui/Page";
import { type SavedView, forgetView, queryOf, saveView, savedViews } from "./keptViews";

export function SavedViews({ list }: { list: string }) {
  const navigate = useNavigate();
  const { search } = useLocation();
  const [views, setViews] = useState(() => savedViews(list));
  const [naming, setNaming] = useState(false);
  const query = queryOf(search);
  const here = views.find((view) => view.query === query);
  const open = (view: SavedView) => {
    const words = new URLSearchParams(view.query);
    const workspace = new URLSearchParams(search).get("wsid");
    if (workspace) words.set("wsid", workspace);
    void navigate({ search: `?${words}` });
  };
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Command icon={<BookmarkRegular />} title="Views saved in this browser">
            {here ? `View: ${here.name}` : "Views"}
          </Command>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem onClick={() => open({ name: "Default", query: "" })}>Default</MenuItem>
            {views.map((view) => (
              <MenuItem key={view.name} onClick={() => open(view)}>
                {view.name}
              </MenuItem>
            ))}
            <MenuDivider />
            <MenuItem onClick={() => setNaming(true)}>Save view…</MenuItem>
            {here && <MenuItem onClick={() => setViews(forgetView(list, here.name))}>Forget “{here.name}”</MenuItem>}
          </MenuList>
        </MenuPopover>
      </Menu>
      {naming && <NameDialog onClose={() => setNaming(false)} onSave={(name) => setViews(saveView(list, { name, query }))} />}
    </>
  );
}

function NameDialog({ onClose, onSave }: { onClose: () => void; onSave: (name: string) => void }) {
  const [name, setName] = useState("");
  const save = () => Promise.resolve(onSave(name.trim()));
  return (
    <FormDialog title="Save this view" verb="Save" open onClose={onClose} onSubmit={save} disabled={name.trim() === ""}>
      <div>Its filters, columns, order and charts are kept in this browser. To give them to somebody else, share the link.</div>
      <Field label="Name">
        <Input value={name} maxLength={40} onChange={(_, data) => setName(data.value)} autoFocus />
      </Field>
    </FormDialog>
  );
}
