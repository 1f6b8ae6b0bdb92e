import { MillraceError } from '../../common/error.js';
import { BIGINT, INT, withNullable, type DataType } from '../../spec/data-type.js';
import type { FunctionCall } from '../../sql/ast/expression.js';
import type { GroupingFunction } from '../functions/aggregate/grouping-functions.js';
import type { BoundExpression } from '../logical/expression.js';
import { caseOf, equals } from './build-expression.js';

export interface GroupedKeys {
  /** The keys of each grouping set, as positions. */
  readonly sets: readonly (readonly number[])[];
  /** The number of the row's set; `undefined` where there is one set. */
  readonly setId: BoundExpression | undefined;
  /** The position of the key that an argument names; `undefined` for anything else. */
  readonly keyOf: (argument: FunctionCall['arguments'][number]) => number | undefined;
}

/** GROUPING, GROUPING_ID or GROUP_ID: a number for each grouping set. */
export function bindGroupingCall(node: FunctionCall, definition: GroupingFunction, keys: GroupedKeys): BoundExpression {
  const values = definition.name === 'GROUP_ID' ? groupIds(node, definition, keys) : groupingBits(node, definition, keys);
  const [last] = values.slice(-1);
  const { setId } = keys;
  if (setId === undefined || values.every(value => value === last)) return big(last!);
  const branches = values.slice(0, -1).map((value, set) => ({ when: equals(setId, literal(set, INT)), then: big(value) }));
  return caseOf(branches, big(last!));
}

function literal(value: number, type: DataType): BoundExpression {
  return { kind: 'literal', value, type: withNullable(type, false) };
}

function big(value: number): BoundExpression {
  return literal(value, BIGINT);
}

/** How many equal sets stand before each. */
function groupIds(node: FunctionCall, { name, signature }: GroupingFunction, { sets }: GroupedKeys): number[] {
  if (node.arguments.length > 0) throw invalid(`${name} takes no arguments`, node, `it is called as ${signature}`);
  const texts = sets.map(set => JSON.stringify(set.toSorted((a, b) => a - b)));
  return texts.map((text, i) => texts.slice(0, i).filter(each => each === text).length);
}

function groupingBits(node: FunctionCall, { name, signature }: GroupingFunction, { sets, keyOf }: GroupedKeys): number[] {
  if (node.arguments.length === 0) throw invalid(`${name} takes keys of GROUP BY`, node, `it is called as ${signature}`);
  const positions = node.arguments.map(argument => {
    const position = keyOf(argument);
    if (position === undefined)
      throw invalid(`${name} takes keys of GROUP BY, and this is none`, argument.value, 'write the key as in GROUP BY');
    return position;
  });
  return sets.map(set => positions.reduce((bits, position) => 2 * bits + (set.includes(position) ? 0 : 1), 0));
}

function invalid(message: string, { span }: Pick<FunctionCall, 'span'>, note: string): MillraceError {
  return new MillraceError({ code: 'INVALID_ARGUMENT', message, span, notes: [{ message: note }] });
}
