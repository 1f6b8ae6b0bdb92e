import type { CommanderError } from 'commander';
import { MillraceError } from '../common/error.js';

/**
 * What commander says about a command line, as an error like all others: it writes `error: what is wrong. What to do.`, with
 * names in single quotes, and a suggestion as a second line in brackets.
 *
 * @param command the command whose help says more.
 */
export function usageError({ message }: CommanderError, command: string): MillraceError {
  const [first = '', second = ''] = message.replace(/^error: /, '').split('\n');
  const [problem = '', advice = ''] = first
    .replaceAll(/'([^']*)'/g, '"$1"')
    .replace(/\.$/, '')
    .split('. ');
  const suggestion = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(second)?.[1];
  const note = suggestion === undefined ? `${advice.slice(0, 1).toLowerCase()}${advice.slice(1)}` : `did you mean "${suggestion}"?`;
  return new MillraceError({ code: 'USAGE', message: problem, notes: [{ message: note || `see ${command} --help` }] });
}
