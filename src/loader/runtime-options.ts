import { z } from 'zod';
import { MillraceError } from '../common/error.js';
import type { ModelRuntime } from '../spec/model-runtime.js';
import type { OptionSchema } from '../spec/option.js';

/** Options of runtimes, before anybody knows which runtime it will be. */
export interface GivenRuntimeOptions {
  /** Parsed, by canonical key, of all runtimes together. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The keys that somebody wrote; the others have their defaults. */
  readonly written: ReadonlySet<string>;
}

/** The options of all runtimes: which of them runs a file is known when it is opened. */
export function sharedOptions(runtimes: readonly ModelRuntime[]): OptionSchema {
  return z.object(Object.assign({}, ...runtimes.map(({ options }) => options.shape)) as z.ZodRawShape);
}

/**
 * The options of one runtime among those of all.
 *
 * @throws {MillraceError} `INVALID_OPTION` for an option that somebody wrote and only other runtimes have.
 */
export function optionsOf(
  runtime: ModelRuntime,
  { values, written }: GivenRuntimeOptions,
  all: readonly ModelRuntime[],
): Record<string, unknown> {
  const own = Object.keys(runtime.options.shape);
  for (const key of written) {
    const others = own.includes(key) ? [] : all.filter(other => key in other.options.shape);
    if (others.length === 0) continue;
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `option "${key}" is one of ${others.map(({ name }) => name).join(' and ')}, and the model is run by ${runtime.name}`,
      notes: [{ message: 'remove it' }],
    });
  }
  return { ...runtime.options.parse({}), ...Object.fromEntries(own.filter(key => written.has(key)).map(key => [key, values[key]])) };
}
