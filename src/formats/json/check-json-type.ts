import { MillraceError } from '../../common/error.js';
import { formatType, type DataType, type Field } from '../../spec/data-type.js';

/**
 * Checks that JSON can hold the columns: names of members are strings, so keys of a MAP and elements of a MULTISET are.
 *
 * @throws {MillraceError} `UNSUPPORTED`
 */
export function checkJsonFields(fields: readonly Field[]): void {
  for (const { name, type } of fields) checkType(type, name);
}

function checkType(type: DataType, path: string): void {
  switch (type.kind) {
    case 'ARRAY':
      return checkType(type.element, path);
    case 'MULTISET':
      return checkKey(type, type.element, path);
    case 'MAP':
      checkKey(type, type.key, path);
      return checkType(type.value, path);
    case 'ROW':
      for (const field of type.fields) checkType(field.type, `${path}.${field.name}`);
  }
}

function checkKey(type: DataType, key: DataType, path: string): void {
  if (key.kind === 'CHAR' || key.kind === 'VARCHAR') return;
  throw new MillraceError({
    code: 'UNSUPPORTED',
    message: `column "${path}" is ${formatType(type, 'ignore')}, and format "json" has only strings as keys`,
    notes: [{ message: 'declare the keys as STRING' }],
  });
}
