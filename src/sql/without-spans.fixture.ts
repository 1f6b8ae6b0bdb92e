/** A copy of a tree in which every span is the word `span`, and what is `undefined` is left out. */
export function withoutSpans(tree: unknown): unknown {
  return JSON.parse(JSON.stringify(tree, (_, value: unknown) => (isSpan(value) ? 'span' : value)));
}

function isSpan(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).join() === 'start,end' &&
    'start' in value &&
    typeof value.start === 'number'
  );
}
