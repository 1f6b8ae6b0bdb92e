import { nearest } from '../../common/nearest.js';
import { findName } from '../../kit/tensor-names.js';
import { formatType, type DataType, type Field } from '../../spec/data-type.js';
import { depthOf, elementOf, readsDatatype } from './column-type.js';
import type { Fail, RowsForm } from './map-inputs.js';
import { describeTensor, type TensorSpec } from './model-signature.js';

/** How an OUTPUT column is read. */
export interface OutputRead {
  /** The tensor, as the server names it; `undefined` where the server describes none: the answer decides. */
  readonly tensor: string | undefined;
  readonly name: string;
  readonly type: DataType;
  /** ARRAYs round the elements; 0 for a scalar. */
  readonly depth: number;
  /** Which value of a row a scalar column is, of how many; several columns read one tensor then. */
  readonly position: number;
  readonly width: number;
}

/** The outputs of OUTPUT columns: by name, but that an only output is read whatever its name. */
export function assignOutputs(specs: readonly TensorSpec[], fields: readonly Field[], fail: Fail): (TensorSpec | undefined)[] {
  if (specs.length === 0) return fields.map(() => undefined);
  if (specs.length === 1) return fields.map(() => specs[0]);
  const names = specs.map(spec => spec.name);
  return fields.map(field => {
    const name = findName(field.name, names);
    if (name !== undefined) return specs.find(spec => spec.name === name);
    const meant = nearest(field.name, names);
    return fail(`the model has no output "${field.name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`);
  });
}

export interface ReadInit {
  /** The output of each column. */
  readonly specs: readonly (TensorSpec | undefined)[];
  readonly fields: readonly Field[];
  readonly form: RowsForm;
}

/** The read of an OUTPUT column, or what speaks against it. */
export function readOf({ specs, fields, form }: ReadInit, column: number): OutputRead | string {
  const spec = specs[column];
  const { name, type } = fields[column]!;
  const depth = depthOf(type);
  const read: OutputRead = { tensor: spec?.name, name, type, depth, position: 0, width: 1 };
  if (spec === undefined) return read;
  const is = `OUTPUT column "${name}" is ${formatType(type, 'ignore')}, but output "${spec.name}" of the model is ${describeTensor(spec)}`;
  if (spec.datatype === undefined || !readsDatatype(elementOf(type), spec.datatype)) return is;
  const sizes = form === 'batch' ? spec.shape.slice(1) : spec.shape;
  if (depth > 1) return depth === sizes.length ? read : is;
  if (depth === 1) return form === 'batch' && sizes.length === 0 ? is : read;
  const sharers = fields.filter((_, i) => specs[i] === spec);
  if (sharers.length === 1) return sizes.every(size => size < 0 || size === 1) ? read : is;
  const width = sizes.reduce((product, size) => product * size, 1);
  const fits = sizes.some(size => size < 0) || width === sharers.length;
  return fits && sharers.every(field => depthOf(field.type) === 0)
    ? { ...read, position: sharers.indexOf(fields[column]!), width: sharers.length }
    : `${sharers.length} OUTPUT columns read output "${spec.name}" of the model, which is ${describeTensor(spec)}`;
}
