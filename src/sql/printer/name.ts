import type { Identifier, ObjectName } from '../ast/identifier.js';
import { isFormWord, isKnownFunction, isReserved } from '../keywords.js';

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_$]*$/;

/** The name, in back-ticks where it needs them. */
function printName(name: string): string {
  const word = name.toUpperCase();
  // MAP is not reserved, but MAP[ is a constructor and not an access to a column.
  const isPlain = PLAIN_NAME.test(name) && !isReserved(word) && word !== 'MAP';
  return isPlain ? name : quoteName(name);
}

export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export function printIdentifier({ name }: Identifier): string {
  return printName(name);
}

export function printObjectName({ parts }: ObjectName): string {
  return parts.map(printIdentifier).join('.');
}

/** `(a, b)`. */
export function printColumnList(columns: readonly Identifier[]): string {
  return `(${columns.map(printIdentifier).join(', ')})`;
}

/** The name of a plain call: known functions in upper case, and in back-ticks what would be read as something else. */
export function printFunctionName(name: ObjectName): string {
  const [only, ...more] = name.parts;
  if (!only || more.length > 0) return printObjectName(name);
  const word = only.name.toUpperCase();
  if (isFormWord(word)) return quoteName(only.name);
  if (isKnownFunction(word)) return word === only.name ? word : quoteName(only.name);
  return PLAIN_NAME.test(only.name) && !isReserved(word) ? only.name : quoteName(only.name);
}

/** A string literal. */
export function printString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
