/** Built-in functions of Flink that do not exist here, with the reason. */
export interface AbsentFunctions {
  /** Upper case. */
  readonly names: readonly string[];
  /** One sentence. */
  readonly reason: string;
}

/** Every scalar built-in of Flink 2.2 that is neither a function nor a special form here. */
export const ABSENT_FUNCTIONS: readonly AbsentFunctions[] = [
  {
    names: ['PARSE_JSON', 'TRY_PARSE_JSON'],
    reason: 'They make values of type VARIANT, which the engine does not have; the SQL/JSON functions take JSON as text.',
  },
  {
    names: ['OBJECT_OF', 'OBJECT_UPDATE'],
    reason: 'They make objects of Java classes; ROW holds the same fields.',
  },
  {
    names: ['CURRENT_WATERMARK'],
    reason: 'An expression does not see the watermark of its operator; late rows are dropped and counted by windows.',
  },
  {
    names: ['SOURCE_WATERMARK'],
    reason: 'No connector makes watermarks by itself; WATERMARK FOR takes an expression over columns.',
  },
  {
    names: ['CLASSIFIER', 'FIRST', 'LAST', 'MATCH_PROCTIME', 'MATCH_ROWTIME', 'NEXT', 'PREV'],
    reason: 'They belong to MATCH_RECOGNIZE, which is parsed and not run.',
  },
  {
    names: ['HASH_CODE', 'PRINT'],
    reason: "Flink does not document them; they show Java's hash codes and write to its log.",
  },
];

/** Why a function of Flink does not exist here; `undefined` for other names. */
export function absenceOf(name: string): string | undefined {
  return ABSENT_FUNCTIONS.find(({ names }) => names.includes(name))?.reason;
}
