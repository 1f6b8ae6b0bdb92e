import { lex } from './lexer.js';
import type { Token } from './token.js';

/** Words that may stand between CREATE and the kind of object, and between that and the name. */
const FILLERS: ReadonlySet<string> = new Set(['OR', 'REPLACE', 'TEMPORARY', 'SYSTEM', 'IF', 'NOT', 'EXISTS']);
/** The first words of statements that define nothing. */
const OTHERS: ReadonlySet<string> = new Set(
  ['SELECT', 'VALUES', 'WITH', 'INSERT', 'EXECUTE', 'BEGIN', 'END', 'EXPLAIN', 'SET', 'RESET', 'USE', 'SHOW', 'DESCRIBE', 'DESC'].concat([
    'DROP',
    'STOP',
    'UPDATE',
    'DELETE',
    'TRUNCATE',
    'ANALYZE',
    'CALL',
    'COMPILE',
  ]),
);

/**
 * What a statement that cannot be read would have defined or changed: the last part of the name after CREATE or ALTER and the
 * kind of object, also where these are misspelled or the name is in wrong quotes. `undefined` where there is none.
 */
export function definedName(text: string): string | undefined {
  const [first, object, ...name] = lex(text).filter(({ kind, key }) => kind !== 'word' || !FILLERS.has(key));
  if (first?.kind !== 'word' || OTHERS.has(first.key) || object?.kind !== 'word') return undefined;
  let last = nameOf(name[0]!, text);
  for (let i = 1; name[i]?.key === '.'; i += 2) last = nameOf(name[i + 1]!, text);
  return last;
}

function nameOf({ kind, value, span }: Token, text: string): string | undefined {
  if (kind === 'word' || kind === 'quoted-name' || kind === 'string') return value;
  return kind === 'error' ? text.slice(span.start, span.end).replaceAll(/["'`]/g, '') : undefined;
}
