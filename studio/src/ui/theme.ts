/** Light and dark, after the system unless the reader chose; the choice stays in this browser. */

import { type Theme, webDarkTheme, webLightTheme } from "@fluentui/react-components";
import { useSyncExternalStore } from "react";

const KEY = "workstead.theme";
export const FONT = "'Segoe UI', 'Segoe UI Variable', 'Inter Variable', system-ui, sans-serif";
const MONO = "'Cascadia Code', Consolas, 'SF Mono', Menlo, 'DejaVu Sans Mono', monospace";

const fonts = { fontFamilyBase: FONT, fontFamilyNumeric: FONT, fontFamilyMonospace: MONO };
const light: Theme = { ...webLightTheme, ...fonts };
const dark: Theme = { ...webDarkTheme, ...fonts };

const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function read(): boolean {
  const chosen = localStorage.getItem(KEY);
  return chosen ? chosen === "dark" : system.matches;
}

system.addEventListener("change", () => listeners.forEach((tell) => tell()));

/** Choose dark or light. */
export function chooseDark(value: boolean): void {
  localStorage.setItem(KEY, value ? "dark" : "light");
  listeners.forEach((tell) => tell());
}

/** Whether it is dark now. */
export function useDark(): boolean {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    read,
  );
}

/** The theme in force. */
export function useTheme(): Theme {
  return useDark() ? dark : light;
}
