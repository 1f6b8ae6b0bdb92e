import type { RowType, TypeNode } from '../ast/type.js';
import { printIdentifier, printString } from './name.js';

/** The type in its usual spelling: `DECIMAL(10, 2)`, `ARRAY<INT>`, `ROW<a INT NOT NULL>`. */
export function printType(type: TypeNode): string {
  const unmarked = printUnmarked(type);
  if (type.nullable === undefined) return unmarked;
  return `${unmarked} ${type.nullable ? 'NULL' : 'NOT NULL'}`;
}

function printUnmarked(type: TypeNode): string {
  switch (type.kind) {
    case 'simple-type':
      return type.parameters.length === 0 ? type.name : `${type.name}(${type.parameters.join(', ')})`;
    case 'array-type':
      return `${type.of}<${printType(type.element)}>`;
    case 'map-type':
      return `MAP<${printType(type.key)}, ${printType(type.value)}>`;
    case 'row-type':
      return `ROW<${type.fields.map(printField).join(', ')}>`;
    case 'flink-type':
      return type.text;
    case 'interval-type':
      return type.to === undefined ? `INTERVAL ${type.from}` : `INTERVAL ${type.from} TO ${type.to}`;
  }
}

function printField({ name, type, comment }: RowType['fields'][number]): string {
  const field = `${printIdentifier(name)} ${printType(type)}`;
  return comment === undefined ? field : `${field} ${printString(comment)}`;
}
