/**
 * The candidate that `name` means: the same text, else the only one that is the same but for case, else the only one
 * that is the same but for case and what stands between letters and digits (`hour_of_day`, `Hour.of.day`).
 */
export function findName(name: string, candidates: readonly string[]): string | undefined {
  if (candidates.includes(name)) return name;
  const lower = name.toLowerCase();
  return (
    only(candidates.filter(candidate => candidate.toLowerCase() === lower)) ??
    only(candidates.filter(candidate => normalizeName(candidate) === normalizeName(name)))
  );
}

function only(found: readonly string[]): string | undefined {
  return found.length === 1 ? found[0] : undefined;
}

/** Lower case, with one `_` for whatever stands between letters and digits. */
export function normalizeName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/g, '');
}

/** Names in double quotes, separated by commas. */
export function quoteAll(names: Iterable<string>): string {
  return [...names].map(name => `"${name}"`).join(', ');
}

/** A name as SQL takes it: in backticks where it is no plain word. */
export function sqlName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}
