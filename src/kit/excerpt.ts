/** Most characters of a text that an error message shows. */
const MAX_LENGTH = 80;

/** At most 80 characters of a text around `at`, on one line, with `…` where something was left out. */
export function excerpt(text: string, at = 0): string {
  if (text.length <= MAX_LENGTH) return onOneLine(text);
  const room = MAX_LENGTH - 2;
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), text.length - room));
  const to = from + room;
  return `${from > 0 ? '…' : ''}${onOneLine(text.slice(from, to))}${to < text.length ? '…' : ''}`;
}

function onOneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f]/g, ' ');
}
