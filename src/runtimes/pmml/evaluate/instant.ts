const DAY_SECONDS = 86_400;

/** A date, a time of day or both, without a zone. */
export class Instant {
  readonly kind: 'date' | 'time' | 'dateTime';
  /** Since 1970-01-01T00:00:00, or since midnight for a time. */
  readonly seconds: number;

  constructor(kind: 'date' | 'time' | 'dateTime', seconds: number) {
    this.kind = kind;
    this.seconds = seconds;
  }

  get secondsOfDay(): number {
    return this.seconds - Math.floor(this.seconds / DAY_SECONDS) * DAY_SECONDS;
  }

  /** ISO 8601. */
  toString(): string {
    const text = new Date(this.seconds * 1000).toISOString();
    const short = text.endsWith('.000Z') ? text.slice(0, -5) : text.slice(0, -1);
    if (this.kind === 'dateTime') return short;
    return this.kind === 'date' ? short.slice(0, short.indexOf('T')) : short.slice(short.indexOf('T') + 1);
  }
}

const DATE = /^(-?\d{4,6})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{2}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?$/;

/** Reads ISO 8601 without a zone; `undefined` when the text is not of the kind, or no such day exists. */
export function parseInstant(text: string, kind: Instant['kind']): Instant | undefined {
  const trimmed = text.trim();
  switch (kind) {
    case 'date': {
      const seconds = dateSeconds(trimmed);
      return seconds === undefined ? undefined : new Instant('date', seconds);
    }
    case 'time': {
      const seconds = timeSeconds(trimmed);
      return seconds === undefined ? undefined : new Instant('time', seconds);
    }
    case 'dateTime': {
      const at = trimmed.search(/[T ]/);
      if (at < 0) return undefined;
      const [date, time] = [dateSeconds(trimmed.slice(0, at)), timeSeconds(trimmed.slice(at + 1))];
      return date === undefined || time === undefined ? undefined : new Instant('dateTime', date + time);
    }
  }
}

function dateSeconds(text: string): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const same = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return same ? date.getTime() / 1000 : undefined;
}

function timeSeconds(text: string): number | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  return hours < 24 && minutes < 60 && seconds < 60 ? hours * 3_600 + minutes * 60 + seconds : undefined;
}
