/** A function that tells which keys a row of a grouped query has. */
export interface GroupingFunction {
  /** Upper case. */
  readonly name: 'GROUPING' | 'GROUPING_ID' | 'GROUP_ID';
  readonly aliases?: readonly string[] | undefined;
  readonly family: 'aggregate';
  /** As the reference shows it. */
  readonly signature: string;
  /** One sentence. */
  readonly doc: string;
  /** Queries of one row with its values as text, parted by ` | `; they run as tests. */
  readonly examples: readonly { readonly sql: string; readonly result: string }[];
}

const SETS = "FROM (VALUES ('x', 1)) AS t (a, b) GROUP BY";

/** The functions about grouping sets, in the order of the reference. */
export const GROUPING_FUNCTIONS: readonly GroupingFunction[] = [
  {
    name: 'GROUPING',
    family: 'aggregate',
    signature: 'GROUPING(key [, …])',
    doc: 'A bit for each key, the last one lowest: 1 where the row has no value of the key, since its grouping set leaves the key out.',
    examples: [
      {
        sql: `SELECT GROUPING(a), GROUPING(b), GROUPING(a, b) ${SETS} GROUPING SETS ((a, b), (a)) HAVING GROUPING(b) = 1`,
        result: '0 | 1 | 1',
      },
    ],
  },
  {
    name: 'GROUPING_ID',
    family: 'aggregate',
    signature: 'GROUPING_ID(key [, …])',
    doc: 'Another name of GROUPING.',
    examples: [{ sql: `SELECT GROUPING_ID(a, b) ${SETS} CUBE (a, b) HAVING GROUPING(a) = 1 AND GROUPING(b) = 0`, result: '2' }],
  },
  {
    name: 'GROUP_ID',
    family: 'aggregate',
    signature: 'GROUP_ID()',
    doc: 'How often the grouping set of the row stands before it in GROUP BY; 0 unless a set is written several times.',
    examples: [{ sql: `SELECT a, GROUP_ID() ${SETS} GROUPING SETS (a, a) HAVING GROUP_ID() > 0`, result: 'x | 1' }],
  },
];

/** The function of that name, in any case; `undefined` where there is none. */
export function findGroupingFunction(name: string): GroupingFunction | undefined {
  const key = name.toUpperCase();
  return GROUPING_FUNCTIONS.find(each => each.name === key);
}
