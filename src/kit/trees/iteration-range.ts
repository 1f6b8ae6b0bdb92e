import { z } from 'zod';
import { option } from '../../spec/option.js';

/** Boosting rounds from `begin` up to but without `end`; an `end` of 0 means all that follow. */
export interface IterationRange {
  readonly begin: number;
  readonly end: number;
}

/** The option `iteration-range`, which all runtimes of trees share. */
export const iterationRange = option(
  z
    .string()
    .meta({ format: 'range' })
    .transform((text, context): IterationRange => {
      const found = /^\s*\(?\s*(\d{1,9})\s*,\s*(\d{1,9})\s*\)?\s*$/.exec(text);
      if (found) return { begin: Number(found[1]), end: Number(found[2]) };
      context.addIssue({ code: 'custom', message: `expected two whole numbers such as "0,100", found "${text}"` });
      return z.NEVER;
    })
    .optional(),
  {
    doc: 'Boosting rounds that count, as `begin,end` without the end; an end of 0 means all that follow. All rounds when absent.',
    aliases: ['iteration_range'],
  },
);
