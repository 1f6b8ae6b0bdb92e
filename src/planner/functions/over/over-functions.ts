import { BIGINT, DOUBLE, INT, withNullable, type DataType } from '../../../spec/data-type.js';
import type { RankingName } from '../../logical/over-call.js';

interface OverFunctionBase {
  readonly family: 'over';
  /** As the reference shows it, without OVER. */
  readonly signature: string;
  /** One sentence. */
  readonly doc: string;
  /** Queries of one row with its values as text, parted by ` | `; they run as tests. */
  readonly examples: readonly { readonly sql: string; readonly result: string }[];
}

/** A function that stands only with OVER: it tells the place of a row, or the value of another row. */
export type OverFunction =
  | (OverFunctionBase & {
      readonly kind: 'ranking';
      readonly name: RankingName;
      /** Whether its window must have ORDER BY, since without it all rows are in one place. */
      readonly needsOrder: boolean;
      readonly type: DataType;
    })
  | (OverFunctionBase & { readonly kind: 'offset'; readonly name: 'LEAD' | 'LAG' });

const ROWS = "(VALUES ('a', 10), ('b', 20), ('c', 20), ('d', 30)) AS t (k, x)";

/** The example's value in each of the rows `a` to `d`, in their order. */
function overRows(call: string, order: string, result: string): OverFunctionBase['examples'][number] {
  return { sql: `SELECT ARRAY_AGG(v) FROM (SELECT ${call} OVER (ORDER BY ${order}) AS v FROM ${ROWS})`, result };
}

/** Every function that stands only with OVER, once, in the order of the reference. */
export const OVER_FUNCTIONS: readonly OverFunction[] = [
  ranking('ROW_NUMBER', {
    signature: 'ROW_NUMBER()',
    doc: 'The number of the row in the order of its window, from 1.',
    examples: [overRows('ROW_NUMBER()', 'x DESC', '[4, 2, 3, 1]')],
    needsOrder: false,
    type: BIGINT,
  }),
  ranking('RANK', {
    signature: 'RANK()',
    doc: 'One more than the number of rows before this one; rows with equal keys have one rank, and ranks are left out after them.',
    examples: [overRows('RANK()', 'x', '[1, 2, 2, 4]')],
    needsOrder: true,
    type: BIGINT,
  }),
  ranking('DENSE_RANK', {
    signature: 'DENSE_RANK()',
    doc: 'As RANK, with no rank left out.',
    examples: [overRows('DENSE_RANK()', 'x', '[1, 2, 2, 3]')],
    needsOrder: true,
    type: BIGINT,
  }),
  ranking('PERCENT_RANK', {
    signature: 'PERCENT_RANK()',
    doc: 'The rank less 1, divided by the number of other rows; 0 for a single row.',
    examples: [overRows('PERCENT_RANK()', 'x', '[0.0, 0.3333333333333333, 0.3333333333333333, 1.0]')],
    needsOrder: true,
    type: DOUBLE,
  }),
  ranking('CUME_DIST', {
    signature: 'CUME_DIST()',
    doc: 'The share of the rows that stand before this one or beside it.',
    examples: [overRows('CUME_DIST()', 'x', '[0.25, 0.75, 0.75, 1.0]')],
    needsOrder: true,
    type: DOUBLE,
  }),
  ranking('NTILE', {
    signature: 'NTILE(n)',
    doc: "The number of the row's part, from 1, where the rows are cut into n parts of equal size; the first parts have one row more where needed.",
    examples: [overRows('NTILE(3)', 'x', '[1, 1, 2, 3]')],
    needsOrder: false,
    type: INT,
  }),
  {
    family: 'over',
    kind: 'offset',
    name: 'LEAD',
    signature: 'LEAD(value [, offset [, default]])',
    doc: 'The value of the row so many rows (1) further in the order of the window; the default (NULL) where there is none.',
    examples: [overRows('LEAD(k)', 'k', '[b, c, d, NULL]'), overRows("LEAD(k, 2, '-')", 'k', '[c, d, -, -]')],
  },
  {
    family: 'over',
    kind: 'offset',
    name: 'LAG',
    signature: 'LAG(value [, offset [, default]])',
    doc: 'As LEAD, so many rows before.',
    examples: [overRows('LAG(x)', 'k', '[NULL, 10, 20, 20]')],
  },
];

function ranking(
  name: RankingName,
  { type, ...rest }: Omit<OverFunctionBase, 'family'> & { readonly needsOrder: boolean; readonly type: DataType },
): OverFunction {
  return { family: 'over', kind: 'ranking', name, type: withNullable(type, false), ...rest };
}

/** The function of that name, in any case; `undefined` where there is none. */
export function findOverFunction(name: string): OverFunction | undefined {
  const key = name.toUpperCase();
  return OVER_FUNCTIONS.find(each => each.name === key);
}
