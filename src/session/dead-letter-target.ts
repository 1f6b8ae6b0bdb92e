import { z } from 'zod';
import { option } from '../spec/option.js';

/** Where dead letters go, or are read from. */
export type DeadLetterAddress =
  | { readonly kind: 'file'; readonly path: string }
  /** `name` has one to three parts with dots between them. */
  | { readonly kind: 'table'; readonly name: string }
  | { readonly kind: 'kafka'; readonly topic: string };

/** What stands in front of the `:` of a target, with the address of what stands behind it. */
const KINDS: Readonly<Record<string, (rest: string) => DeadLetterAddress>> = {
  file: path => ({ kind: 'file', path }),
  table: name => ({ kind: 'table', name }),
  kafka: topic => ({ kind: 'kafka', topic }),
};

/** The address that a text such as `file:failed.jsonl` names; `undefined` where it names none. */
export function parseDeadLetterAddress(text: string): DeadLetterAddress | undefined {
  const [, kind = '', rest = ''] = /^\s*([a-z]+)\s*:\s*(.*?)\s*$/i.exec(text) ?? [];
  const make = Object.hasOwn(KINDS, kind.toLowerCase()) ? KINDS[kind.toLowerCase()] : undefined;
  return rest === '' ? undefined : make?.(rest);
}

const target = z
  .string()
  .meta({ format: 'target' })
  .transform((text, context): DeadLetterAddress => {
    const address = parseDeadLetterAddress(text);
    if (address !== undefined) return address;
    context.addIssue({ code: 'custom', message: `expected "file:path", "table:name" or "kafka:topic", found "${text}"` });
    return z.NEVER;
  });

/** The option of models that the session itself fulfils: the rows that `on-error` = `dead_letter` takes out of a job. */
export const deadLetterOptions = z.object({
  'dead-letter.target': option(target.optional(), {
    doc: 'Where rows go whose call failed for good, with on-error = dead_letter: file:path for JSON lines, or table:name.',
    aliases: ['dead_letter.target', 'dead_letter.topic', 'dead-letter.topic'],
  }),
});
