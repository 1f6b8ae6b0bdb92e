import { MillraceError } from '../../common/error.js';
import { formatType, type DataType } from '../../spec/data-type.js';

/** The error of an option `fields.<column>.<key>`. */
export function columnError({
  column,
  key,
  problem,
}: {
  readonly column: string;
  readonly key: string;
  readonly problem: string;
}): MillraceError {
  return new MillraceError({ code: 'INVALID_OPTION', message: `option "fields.${column}.${key}" ${problem}` });
}

/** The error of a column whose type has no generator of this kind. */
export function unsupportedColumn({
  column,
  type,
  kind,
}: {
  readonly column: string;
  readonly type: DataType;
  readonly kind: 'random' | 'sequence';
}): MillraceError {
  return new MillraceError({
    code: 'UNSUPPORTED',
    message: `column "${column}" is ${formatType(type, 'ignore')}, which connector "datagen" makes no ${kind === 'random' ? 'random values' : 'sequence'} of`,
    notes: [
      {
        message:
          kind === 'random' ? 'compute the column from others' : `leave 'fields.${column}.kind' out, or use a number or string column`,
      },
    ],
  });
}
