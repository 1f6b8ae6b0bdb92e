const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes of a base64 text (RFC 4648, with padding); `undefined` for any other text. */
export function parseBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  // A view of a pool would keep the whole pool alive.
  return new Uint8Array(bytes);
}

/** The base64 text of bytes (RFC 4648, with padding). */
export function formatBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
