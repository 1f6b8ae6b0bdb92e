const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ...['', 'b', 'bytes'].map(word => [word, 1] as const),
  ...['k', 'kb', 'kib'].map(word => [word, 1_024] as const),
  ...['m', 'mb', 'mib'].map(word => [word, 1_024 ** 2] as const),
  ...['g', 'gb', 'gib'].map(word => [word, 1_024 ** 3] as const),
]);

/**
 * Bytes of a size in Flink's notation: `64 kb`, `1mb`, `2 gb`; a bare number is bytes, units are powers of 1,024.
 *
 * @returns `undefined` when the text is not a size.
 */
export function parseMemorySize(text: string): number | undefined {
  const match = /^\s*(\d+)\s*([a-zA-Z]*)\s*$/.exec(text);
  if (!match) return undefined;
  const unit = UNIT_BYTES.get(match[2]!.toLowerCase());
  return unit === undefined ? undefined : Number(match[1]) * unit;
}
