import type { FlinkStatement } from '../ast/statement.js';
import { FLINK_STATEMENTS, type FlinkStatementName } from '../flink-statements.js';
import { parseText } from './clause-text.js';
import type { Cursor } from './cursor.js';

interface Known {
  readonly name: FlinkStatementName;
  readonly words: readonly string[];
}

/** The statements by the word that they begin with. */
const BY_FIRST_WORD: ReadonlyMap<string, readonly Known[]> = FLINK_STATEMENTS.reduce((map, name) => {
  const words = name.split(' ');
  return map.set(words[0]!, [...(map.get(words[0]!) ?? []), { name, words }]);
}, new Map<string, Known[]>());

/** The statement of Flink that is next, of those that are kept as text. */
export function flinkStatementAhead(cursor: Cursor): FlinkStatementName | undefined {
  return BY_FIRST_WORD.get(cursor.token.key)?.find(({ words }) => cursor.are(...words))?.name;
}

/*
  flinkStatement := name, and any text up to ';'        the ';' of a statement set after COMPILE PLAN belong to it
*/
export function parseFlinkStatement(cursor: Cursor, name: FlinkStatementName): FlinkStatement {
  const { start } = cursor;
  let isInSet = false;
  const text = parseText(cursor, start, () => {
    if (cursor.accept('STATEMENT', 'SET', 'BEGIN')) isInSet = true;
    if (isInSet && cursor.accept(';', 'END')) isInSet = false;
    return cursor.is(';') && !isInSet;
  });
  return { kind: 'flink-statement', name, text, span: cursor.spanFrom(start) };
}
