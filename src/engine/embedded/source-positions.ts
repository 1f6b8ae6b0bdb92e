import type { BoundExpression } from '../../planner/logical/expression.js';
import type { Calc, ExecNode, PredictExec } from '../../planner/physical/exec-node.js';

/** A column that tells where its row was read. */
export interface SourcePosition {
  /** The metadata key of the source's column, such as `offset`. */
  readonly key: string;
  /** Index into the fields of the call's input. */
  readonly column: number;
}

/** The columns in front of a model call that come unchanged from metadata columns of a source. */
export function sourcePositions({ input }: PredictExec): SourcePosition[] {
  return metadataKeys(input).flatMap((key, column) => (key === undefined ? [] : [{ key, column }]));
}

/** For each field of a node the metadata key that it is the value of. Nodes that put rows together have none. */
function metadataKeys(node: ExecNode): readonly (string | undefined)[] {
  const none = node.fields.map(() => undefined);
  switch (node.kind) {
    case 'SourceExec': {
      const read = node.columns.map(index => {
        const column = node.table.columns[index]!;
        return column.kind === 'metadata' ? column.key : undefined;
      });
      return keysAfter(node.output, keysAfter(node.calc, read));
    }
    case 'CalcExec':
      return keysAfter(node.calc, metadataKeys(node.input));
    case 'PredictExec':
    case 'UnnestExec':
    case 'WindowTableExec':
      return none.map((_, i) => metadataKeys(node.input)[i]);
    default:
      return none;
  }
}

function keysAfter(calc: Calc | undefined, keys: readonly (string | undefined)[]): readonly (string | undefined)[] {
  return calc
    ? calc.expressions.map((expression: BoundExpression) => (expression.kind === 'column' ? keys[expression.index] : undefined))
    : keys;
}
