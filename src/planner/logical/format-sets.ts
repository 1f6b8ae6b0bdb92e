/** What the repetitions of an `Expand` leave out: `[], [city], [city, shop]`; `names` are those of the input's fields. */
export function formatSets(absent: readonly (readonly number[])[], names: readonly string[]): string {
  return `without ${absent.map(fields => `[${fields.map(index => names[index]).join(', ')}]`).join(', ')}`;
}
