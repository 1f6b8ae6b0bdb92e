import { formatType, type DataType } from '../../spec/data-type.js';
import { datatypeFamily, type Datatype } from '../../kit/tensor/tensor.js';

/** How many ARRAYs stand round the elements of a type. */
export function depthOf(type: DataType): number {
  return type.kind === 'ARRAY' ? 1 + depthOf(type.element) : 0;
}

/** The type of the elements within all ARRAYs; of any other type itself. */
export function elementOf(type: DataType): DataType {
  return type.kind === 'ARRAY' ? elementOf(type.element) : type;
}

/** Whether elements of a column's type can be sent as a datatype; integers that are too large fail row by row. */
export function feedsDatatype(element: DataType, datatype: Datatype): boolean {
  const family = datatypeFamily(datatype);
  switch (element.kind) {
    case 'BOOLEAN':
      return family !== 'bytes';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return family === 'integer' || family === 'float';
    case 'DECIMAL':
      return family === 'float' || (family === 'integer' && element.scale === 0);
    case 'FLOAT':
    case 'DOUBLE':
      return family === 'float';
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return family === 'bytes';
    default:
      return false;
  }
}

/** Whether a column's type holds what a datatype can give, but for integers, which are checked row by row. */
export function readsDatatype(element: DataType, datatype: Datatype): boolean {
  switch (element.kind) {
    case 'BOOLEAN':
      return datatype === 'BOOL';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return datatypeFamily(datatype) === 'integer';
    case 'DECIMAL':
      return datatypeFamily(datatype) === 'integer' && element.scale === 0;
    case 'FLOAT':
      return datatypeFamily(datatype) === 'float' && datatype !== 'FP64';
    case 'DOUBLE':
      return datatypeFamily(datatype) === 'float';
    case 'VARCHAR':
      return datatype === 'BYTES' && formatType(element, 'ignore') === 'STRING';
    case 'VARBINARY':
      return datatype === 'BYTES' && formatType(element, 'ignore') === 'BYTES';
    default:
      return false;
  }
}

/** The scalar type to declare for a datatype. */
export const SQL_TYPE_OF: Readonly<Record<Datatype, string>> = {
  BOOL: 'BOOLEAN',
  INT8: 'TINYINT',
  UINT8: 'SMALLINT',
  INT16: 'SMALLINT',
  UINT16: 'INT',
  INT32: 'INT',
  UINT32: 'BIGINT',
  INT64: 'BIGINT',
  UINT64: 'DECIMAL(20, 0)',
  FP16: 'FLOAT',
  BF16: 'FLOAT',
  FP32: 'FLOAT',
  FP64: 'DOUBLE',
  BYTES: 'STRING',
};

const DATATYPE_OF: Readonly<Partial<Record<DataType['kind'], Datatype>>> = {
  BOOLEAN: 'BOOL',
  TINYINT: 'INT8',
  SMALLINT: 'INT16',
  INT: 'INT32',
  BIGINT: 'INT64',
  FLOAT: 'FP32',
  DOUBLE: 'FP64',
  DECIMAL: 'FP64',
  CHAR: 'BYTES',
  VARCHAR: 'BYTES',
  BINARY: 'BYTES',
  VARBINARY: 'BYTES',
};

/** The datatype of a column where the server does not tell one; `undefined` for a type that no tensor holds. */
export function datatypeOf(element: DataType): Datatype | undefined {
  return DATATYPE_OF[element.kind];
}
