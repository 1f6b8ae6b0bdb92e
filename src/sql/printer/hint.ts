import type { Hint } from '../ast/query.js';
import { isReserved } from '../keywords.js';
import { printString } from './name.js';

/** The comment of the hints, or nothing. */
export function printHints(hints: readonly Hint[]): string[] {
  return hints.length === 0 ? [] : [`/*+ ${hints.map(printHint).join(', ')} */`];
}

function printHint({ name, options, arguments: args }: Hint): string {
  const inside = [...options.map(({ key, value }) => `${printString(key)} = ${printString(value)}`), ...args.map(printArgument)];
  return inside.length === 0 ? name : `${name}(${inside.join(', ')})`;
}

/** A name or a number as such, anything else as a string. */
function printArgument(argument: string): string {
  const isName = /^[A-Za-z_][A-Za-z0-9_]*$/.test(argument) && !isReserved(argument.toUpperCase());
  return isName || /^\d+$/.test(argument) ? argument : printString(argument);
}
