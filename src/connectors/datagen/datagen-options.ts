import { z } from 'zod';
import { duration, flag, integer, number, oneOf, option, text } from '../../spec/option.js';

export const datagenOptions = z.object({
  'rows-per-second': option(integer({ min: 0 }).default(10_000), {
    doc: 'How many rows are made in a second; 0 for as many as are asked for.',
  }),
  'number-of-rows': option(integer({ min: 0 }).optional(), {
    doc: 'How many rows are made in all; without it and without a sequence, the table is unbounded.',
  }),
  seed: option(integer().optional(), {
    doc: 'Makes the random values the same ones in each run; without it, each start of a job has its own.',
  }),
});

/** Options of one column: `fields.<column>.<key>`. */
export const datagenColumnOptions = z.object({
  kind: option(oneOf('random', 'sequence').default('random'), { doc: 'Whether values are random, or count from `start` to `end`.' }),
  min: option(text().optional(), { doc: "Smallest random number; the type's smallest by default, 0 for FLOAT, DOUBLE and DECIMAL." }),
  max: option(text().optional(), { doc: "Largest random number; the type's largest by default." }),
  'max-past': option(duration().default(0), { doc: 'How far a random timestamp lies in the past at most.' }),
  length: option(integer({ min: 0 }).optional(), {
    doc: 'Characters of a STRING (100), bytes of BYTES (100), elements of an ARRAY, MAP or MULTISET (3).',
  }),
  'var-len': option(flag().default(false), { doc: 'Whether STRING and BYTES have any length from 1 to `length`.' }),
  'null-rate': option(number({ min: 0, max: 1 }).default(0), { doc: 'The share of rows in which the column is NULL.' }),
  start: option(text().optional(), { doc: 'First value of a sequence.' }),
  end: option(text().optional(), { doc: 'Last value of a sequence; the table ends after it.' }),
});

export type DatagenOptions = z.output<typeof datagenOptions>;
export type DatagenColumnOptions = z.output<typeof datagenColumnOptions>;
