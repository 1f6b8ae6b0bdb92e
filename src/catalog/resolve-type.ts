import { MillraceError } from '../common/error.js';
import { notRun } from '../common/not-run.js';
import { MAX_LENGTH, type DataType } from '../spec/data-type.js';
import type { RowType, SimpleType, TypeNode } from '../sql/ast/type.js';

/**
 * The type that a written type means, with Flink's defaults for what is left out.
 *
 * @throws {MillraceError} `INVALID_DEFINITION` at the type when a length, precision or scale is out of range,
 * `DUPLICATE_NAME` at the second of two equal fields of a ROW, `UNSUPPORTED` at a type that only Flink has.
 */
export function resolveType(node: TypeNode): DataType {
  const nullable = node.nullable ?? true;
  switch (node.kind) {
    case 'simple-type':
      return resolveSimple(node, nullable);
    case 'array-type':
      return { kind: node.of, element: resolveType(node.element), nullable };
    case 'map-type':
      return { kind: 'MAP', key: resolveType(node.key), value: resolveType(node.value), nullable };
    case 'row-type':
      checkFields(node);
      return { kind: 'ROW', fields: node.fields.map(field => ({ name: field.name.name, type: resolveType(field.type) })), nullable };
    case 'flink-type':
      throw notRun(`the type ${node.name}`, node.span);
    case 'interval-type':
      return { kind: node.from === 'YEAR' || node.from === 'MONTH' ? 'INTERVAL_YEAR_MONTH' : 'INTERVAL_DAY_TIME', nullable };
  }
}

function checkFields({ fields }: RowType): void {
  const repeated = fields.find(({ name }, i) => fields.findIndex(other => other.name.name === name.name) < i);
  if (repeated)
    throw new MillraceError({
      code: 'DUPLICATE_NAME',
      message: `field "${repeated.name.name}" is declared twice`,
      span: repeated.name.span,
    });
}

function resolveSimple(node: SimpleType, nullable: boolean): DataType {
  const parameter = (index: number, fallback: number, min: number, max: number): number => {
    const value = node.parameters[index] ?? fallback;
    if (value >= min && value <= max) return value;
    throw new MillraceError({
      code: 'INVALID_DEFINITION',
      message: `${node.name} takes a number from ${min} to ${max} here, not ${value}`,
      span: node.span,
    });
  };
  switch (node.name) {
    case 'STRING':
      return { kind: 'VARCHAR', length: MAX_LENGTH, nullable };
    case 'BYTES':
      return { kind: 'VARBINARY', length: MAX_LENGTH, nullable };
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return { kind: node.name, length: parameter(0, 1, 1, MAX_LENGTH), nullable };
    case 'DECIMAL': {
      const precision = parameter(0, 10, 1, 38);
      return { kind: 'DECIMAL', precision, scale: parameter(1, 0, 0, precision), nullable };
    }
    case 'TIME':
      return { kind: 'TIME', precision: parameter(0, 0, 0, 6), nullable };
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return { kind: node.name, precision: parameter(0, 6, 0, 6), nullable };
    default:
      return { kind: node.name, nullable };
  }
}
