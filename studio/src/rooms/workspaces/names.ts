/** The rules for names, as the server has them, to be told while typing. */

/** What is wrong with a resource group's name; empty when nothing is. */
export function groupProblem(name: string): string {
  if (name.length > 90) return "At most 90 characters.";
  if (name.endsWith(".")) return "A name cannot end with a full stop.";
  return /^[\w().-]+$/.test(name) ? "" : "Letters, digits, '_', '-', '(', ')' and '.' only.";
}

/** What is wrong with a workspace's name; empty when nothing is. */
export function workspaceProblem(name: string): string {
  if (name.length < 2 || name.length > 33) return "Between 2 and 33 characters.";
  if (!/^[A-Za-z0-9]/.test(name)) return "A name begins with a letter or digit.";
  return /^[\w-]+$/.test(name) ? "" : "Letters, digits, '_' and '-' only.";
}
