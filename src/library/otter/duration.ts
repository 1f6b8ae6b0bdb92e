import { formatDuration, parseDuration } from '../../common/duration.js';
import { MillraceError } from '../../common/error.js';

/** A duration, a number of milliseconds, or text such as `5 s`. */
export type DurationLike = Duration | number | string;

/** A length of time, as Java's `Duration` makes them. Immutable. */
export class Duration {
  readonly #ms: number;

  private constructor(ms: number) {
    this.#ms = ms;
  }

  static ofMillis(ms: number): Duration {
    if (!Number.isFinite(ms) || ms < 0) throw invalid(ms);
    return new Duration(ms);
  }

  static ofSeconds(seconds: number): Duration {
    return Duration.ofMillis(seconds * 1_000);
  }

  static ofMinutes(minutes: number): Duration {
    return Duration.ofMillis(minutes * 60_000);
  }

  static ofHours(hours: number): Duration {
    return Duration.ofMillis(hours * 3_600_000);
  }

  static ofDays(days: number): Duration {
    return Duration.ofMillis(days * 86_400_000);
  }

  /** @throws {MillraceError} `INVALID_ARGUMENT` for a negative number, or a text that is no duration. */
  static from(value: DurationLike): Duration {
    if (value instanceof Duration) return value;
    if (typeof value === 'number') return Duration.ofMillis(value);
    const ms = parseDuration(value);
    if (ms === undefined) throw invalid(value);
    return Duration.ofMillis(ms);
  }

  toMillis(): number {
    return this.#ms;
  }

  /** `5 s`. */
  toString(): string {
    return formatDuration(this.#ms);
  }
}

function invalid(value: unknown): MillraceError {
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `${String(value)} is no duration`,
    notes: [{ message: "write Duration.ofSeconds(5), milliseconds as a number, or '5 s'" }],
  });
}
