/** How the kinds of resources look and what they are called. */

import { BeakerRegular } from "@fluentui/react-icons/svg/beaker";
import { KeyRegular } from "@fluentui/react-icons/svg/key";
import { LightbulbRegular } from "@fluentui/react-icons/svg/lightbulb";
import { StorageRegular } from "@fluentui/react-icons/svg/storage";
import type { ReactNode } from "react";
import type { Resource } from "./queries";
import css from "./workspaces.module.css";

type Kind = Resource["type"];

export const kindNames: Record<Kind, string> = {
  workspace: "Machine Learning",
  application_insights: "Application Insights",
  key_vault: "Key vault",
  storage_account: "Storage account",
};

const icons: Record<Kind, ReactNode> = {
  workspace: <BeakerRegular className={css.blue} />,
  application_insights: <LightbulbRegular className={css.violet} />,
  key_vault: <KeyRegular className={css.gold} />,
  storage_account: <StorageRegular className={css.teal} />,
};

export function kindIcon(kind: Kind): ReactNode {
  return icons[kind];
}
