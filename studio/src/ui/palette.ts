/** The colours of curves and bars: told apart by eyes that see few colours too, on white and on near black. */

const LIGHT = ["#2a78c6", "#d8602c", "#2b9a66", "#a4479e", "#b98900", "#c43c58", "#3c9aa8", "#7a66c9"];
const DARK = ["#62abf5", "#f0926a", "#5ec795", "#d183cc", "#e0b43c", "#f0788f", "#6fc6d2", "#a998f0"];

export function coloursOf(dark: boolean): string[] {
  return dark ? DARK : LIGHT;
}
