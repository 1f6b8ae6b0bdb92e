const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ...['ms', 'millisecond', 'milli'].map(word => [word, 1] as const),
  ...['s', 'sec', 'second'].map(word => [word, 1_000] as const),
  ...['m', 'min', 'minute'].map(word => [word, 60_000] as const),
  ...['h', 'hour'].map(word => [word, 3_600_000] as const),
  ...['d', 'day'].map(word => [word, 86_400_000] as const),
]);

/**
 * Milliseconds of a duration in Flink's notation: `500 ms`, `10s`, `1 min`, `2 h`, `1 d`; a bare number is milliseconds.
 *
 * @returns `undefined` when the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^\s*(\d+)\s*([a-zA-Z]*)\s*$/.exec(text);
  if (!match) return undefined;
  const word = match[2]!.toLowerCase();
  const unit = UNIT_MS.get(word === '' ? 'ms' : word) ?? UNIT_MS.get(word.replace(/s$/, ''));
  return unit === undefined ? undefined : Number(match[1]) * unit;
}

/** A duration for people: `250 ms`, `1.5 s`, `2 min 5 s`. */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  // Rounded before the unit is chosen, so that no unit is shown sixty times.
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${trim(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function trim(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1).replace(/\.?0+$/, '');
}
