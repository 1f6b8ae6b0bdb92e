import { MillraceError } from '../../common/error.js';
import { formatType } from '../../spec/data-type.js';
import type { Identifier } from '../../sql/ast/identifier.js';
import type { LogicalNode } from '../logical/node.js';
import { columnsOf, project } from '../logical/project.js';
import { counted } from './counted.js';

/**
 * The input with its columns renamed, as `AS t (a, b)` and view columns do.
 *
 * @throws {MillraceError} `COLUMN_COUNT` at the first name.
 */
export function renameColumns(input: LogicalNode, names: readonly Identifier[]): LogicalNode {
  if (names.length === 0) return input;
  if (names.length !== input.fields.length) {
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `${counted(names.length, 'name')} for ${counted(input.fields.length, 'column')} (${input.fields.map(field => `${field.name} ${formatType(field.type, 'ignore')}`).join(', ')})`,
      span: names[0]!.span,
    });
  }
  return project(
    input,
    columnsOf(input),
    names.map(name => name.name),
  );
}
