import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { isClauseWord, isReserved } from '../keywords.js';
import type { Token } from '../token.js';

/** What the grammar wants instead of the token that is there. */
export interface Wanted {
  /** Ends the sentence "expected …": `a table name`, `"," or ")"`, FROM. */
  readonly what: string;
  /** Whether a name would do, so that a reserved word there only lacks its back-ticks. */
  readonly isName?: boolean;
  /** Words that would do, for "did you mean". */
  readonly keywords?: readonly string[];
  /** The next step, where nothing better is known. */
  readonly note?: string;
  /** The word before, where it was read as an alias for want of a better reading. */
  readonly bareAlias?: { readonly token: Token; readonly keywords: readonly string[] };
}

/** Symbols of other dialects and languages, and what to write for them. */
const FOREIGN_SYMBOLS: Readonly<Record<string, string>> = {
  '!=': 'write <>',
  '==': 'write =',
  '<=>': 'write IS NOT DISTINCT FROM',
  '::': 'write CAST(x AS type)',
  '&&': 'write AND',
  '->': "write a.b for a field, m['key'] for a map, JSON_VALUE(text, '$.path') for JSON",
  '{': 'placeholders such as {{ secret.NAME }} and ${NAME} stand inside a string',
  $: 'placeholders such as {{ secret.NAME }} and ${NAME} stand inside a string',
  '?': 'write the value itself; there are no parameters',
  '/*+': 'hints stand after SELECT and after the name of a table; a comment starts with /*',
};

/** Clauses of other dialects, and what to write for them. */
const FOREIGN_CLAUSES: Readonly<Record<string, string>> = {
  QUALIFY:
    'number the rows in a subquery, and filter by that column: SELECT * FROM (SELECT …, ROW_NUMBER() OVER (…) AS n FROM t) WHERE n = 1',
  TABLESAMPLE: 'filter with RAND() < 0.1',
  PIVOT: 'write an aggregate with FILTER (WHERE …) for each column',
  UNPIVOT: 'write a UNION ALL of one SELECT for each column',
  RETURNING: 'an INSERT gives no rows back',
};

/** The error that `token` is not what is wanted. */
export function unexpected(token: Token, wanted: Wanted): MillraceError {
  if (token.error) return token.error;
  if (token.key === '...') return shortened(token);
  const misspelled = wanted.bareAlias && nearest(wanted.bareAlias.token.value, wanted.bareAlias.keywords);
  if (misspelled !== undefined) return didYouMean(wanted.bareAlias!.token, misspelled, misspelled);
  const suggestion = token.kind === 'word' && wanted.keywords ? nearest(token.value, wanted.keywords) : undefined;
  if (suggestion !== undefined && suggestion !== token.key) return didYouMean(token, wanted.what, suggestion);
  const note = noteFor(token, wanted);
  return new MillraceError({
    code: 'SYNTAX',
    message: sentence(token, wanted.what),
    span: token.span,
    notes: note === undefined ? [] : [{ message: note }],
  });
}

/** `A`, `A or B`, `A, B or C`. */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function noteFor(token: Token, wanted: Wanted): string | undefined {
  if (wanted.isName && token.kind === 'word' && isReserved(token.key) && !isClauseWord(token.key))
    return `the word is reserved; as a name it is written in back-ticks: \`${token.value}\``;
  if (wanted.isName && token.kind === 'string') return 'names are quoted with back-ticks, strings with single quotes';
  return FOREIGN_SYMBOLS[token.key] ?? (token.kind === 'word' ? FOREIGN_CLAUSES[token.key] : undefined) ?? wanted.note;
}

function shortened({ span }: Token): MillraceError {
  return new MillraceError({
    code: 'SYNTAX',
    message: 'the example was shortened here',
    span,
    notes: [{ message: 'write what the dots stand for, or remove them' }],
  });
}

function didYouMean(token: Token, what: string, suggestion: string): MillraceError {
  return new MillraceError({
    code: 'SYNTAX',
    message: sentence(token, what),
    span: token.span,
    notes: [{ message: `did you mean "${suggestion}"?` }],
  });
}

function sentence(token: Token, what: string): string {
  return `unexpected ${describe(token)}, expected ${what}`;
}

/** Strings may hold secrets, so they are not repeated. */
function describe(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'end of the text';
    case 'string':
    case 'binary':
      return 'string';
    case 'number':
      return `number ${token.value}`;
    default:
      return `"${token.value}"`;
  }
}
