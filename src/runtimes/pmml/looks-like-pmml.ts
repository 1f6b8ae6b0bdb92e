/** Whether a file begins as XML whose root element is `PMML`, in UTF-8 or UTF-16; also one whose DOCTYPE is refused when it is read. */
export function looksLikePmml(head: Uint8Array): boolean {
  const isWide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  const text = isWide
    ? new TextDecoder(head[0] === 0xff ? 'utf-16le' : 'utf-16be').decode(head)
    : Buffer.from(head)
        .toString('latin1')
        .replace(/^\u00ef\u00bb\u00bf/, '');
  return ROOT.test(text.replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, ''));
}

const ROOT = /^\s*(?:<!DOCTYPE\s+(?:[^[>]*\[[^\]]*\]\s*>|[^>]*>)\s*)?<(?:[A-Za-z_][\w.-]*:)?PMML[\s>]/;
