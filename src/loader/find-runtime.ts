import { MillraceError } from '../common/error.js';
import { nearest } from '../common/nearest.js';
import { describeBytes } from '../kit/describe-bytes.js';
import type { ModelFileView, ModelRuntime } from '../spec/model-runtime.js';

/**
 * The runtime that `format` names, or that recognizes the file when nothing is named.
 *
 * @throws {MillraceError} `UNKNOWN_EXTENSION`, or `MISSING_OPTION` where the bytes do not tell the format.
 */
export function findRuntime(runtimes: readonly ModelRuntime[], format: string | undefined, file: ModelFileView): ModelRuntime {
  return format === undefined ? recognizedBy(runtimes, file) : namedBy(runtimes, format);
}

function namedBy(runtimes: readonly ModelRuntime[], format: string): ModelRuntime {
  const wanted = format.trim().toLowerCase();
  const found = runtimes.find(({ name, formats }) => name === wanted || formats.includes(wanted));
  if (found) return found;
  const known = runtimes.flatMap(({ name, formats }) => [name, ...formats]);
  const suggestion = nearest(wanted, known);
  throw new MillraceError({
    code: 'UNKNOWN_EXTENSION',
    message: `there is no runtime "${format}"`,
    notes: [{ message: suggestion === undefined ? `there are ${known.join(', ')}` : `did you mean "${suggestion}"?` }],
  });
}

function recognizedBy(runtimes: readonly ModelRuntime[], file: ModelFileView): ModelRuntime {
  const found = runtimes.find(runtime => runtime.recognizes(file));
  if (found) return found;
  const seen = file.entries ? `a folder with ${describeEntries(file.entries)}` : describeBytes(file.head, 'a file of no known format');
  throw new MillraceError({
    code: 'MISSING_OPTION',
    message: `no runtime recognizes "${file.path}", which is ${seen}`,
    notes: [{ message: `add 'runtime' = '…' to say what it is: ${runtimes.map(({ name }) => name).join(', ')}` }],
  });
}

function describeEntries(entries: readonly string[]): string {
  if (entries.length === 0) return 'nothing in it';
  const more = entries.length > 5 ? ` and ${entries.length - 5} more` : '';
  return `${entries
    .slice(0, 5)
    .map(name => `"${name}"`)
    .join(', ')}${more}`;
}
