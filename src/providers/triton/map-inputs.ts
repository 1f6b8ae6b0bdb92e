import { nearest } from '../../common/nearest.js';
import { quoteAll, findName } from '../../kit/tensor-names.js';
import type { Datatype } from '../../kit/tensor/tensor.js';
import { formatType, type Field } from '../../spec/data-type.js';
import { datatypeOf, depthOf, elementOf, feedsDatatype, SQL_TYPE_OF } from './column-type.js';
import { describeTensor, type TensorSpec } from './model-signature.js';

/**
 * Whether tensors have a first dimension that counts rows, so that a request has several; or a request is one row and
 * its tensors have the model's own shape.
 */
export type RowsForm = 'batch' | 'single';

/** How INPUT columns become one input tensor. */
export interface InputFeed {
  readonly name: string;
  readonly datatype: Datatype;
  /** INPUT columns by index: one, or several scalar ones whose values stand side by side. */
  readonly columns: readonly number[];
  /** ARRAYs round the elements of the column; 0 for scalars. */
  readonly depth: number;
  /** Dimensions of one row; -1 is taken from the value. */
  readonly rowShape: readonly number[];
}

/** The columns of an input; `spec` is absent where the server describes none. */
export interface AssignedInput {
  readonly spec: TensorSpec | undefined;
  readonly columns: readonly number[];
}

/** Ends with an error that says what differs. */
export type Fail = (problem: string) => never;

/** Which columns belong to which input: by name, but that an only input takes all columns in declared order. */
export function assignInputs(specs: readonly TensorSpec[], fields: readonly Field[], fail: Fail): AssignedInput[] {
  if (specs.length === 0) return fields.map((_, i) => ({ spec: undefined, columns: [i] }));
  const required = specs.filter(spec => !spec.optional);
  if (specs.length === 1 || (required.length === 1 && fields.length === 1 && !isNamed(fields[0]!, specs))) {
    return [{ spec: required[0] ?? specs[0], columns: fields.map((_, i) => i) }];
  }
  const names = specs.map(spec => spec.name);
  const columnOf = new Map<string, number>();
  for (const [i, field] of fields.entries()) {
    const name = findName(field.name, names);
    if (name === undefined) {
      const meant = nearest(
        field.name,
        names.filter(candidate => !columnOf.has(candidate)),
      );
      return fail(`the model has no input "${field.name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`);
    }
    const taken = columnOf.get(name);
    if (taken !== undefined) fail(`the columns "${fields[taken]!.name}" and "${field.name}" both mean the input "${name}" of the model`);
    columnOf.set(name, i);
  }
  const missing = required.map(spec => spec.name).filter(name => !columnOf.has(name));
  if (missing.length > 0)
    fail(`INPUT has no column for ${missing.length === 1 ? 'the input' : 'the inputs'} ${quoteAll(missing)} of the model`);
  return specs.filter(spec => columnOf.has(spec.name)).map(spec => ({ spec, columns: [columnOf.get(spec.name)!] }));
}

function isNamed(field: Field, specs: readonly TensorSpec[]): boolean {
  return (
    findName(
      field.name,
      specs.map(spec => spec.name),
    ) !== undefined
  );
}

/** The feed of an input, or what speaks against it. */
export function feedOf({ spec, columns }: AssignedInput, fields: readonly Field[], form: RowsForm): InputFeed | string {
  const field = fields[columns[0]!]!;
  if (spec === undefined) return undescribedFeed(field, columns[0]!);
  const { name, datatype } = spec;
  if (datatype === undefined) return `input "${name}" of the model is ${spec.writtenType}, which no column can feed`;
  const wrong = columns.map(column => fields[column]!).find(each => !feedsDatatype(elementOf(each.type), datatype));
  if (wrong !== undefined)
    return `column "${wrong.name}" is ${formatType(wrong.type, 'ignore')}, but input "${name}" of the model is ${describeTensor(spec)}`;
  const sizes = form === 'batch' ? spec.shape.slice(1) : spec.shape;
  const depth = depthOf(field.type);
  const rowShape = columns.length > 1 ? sideBySide(spec, sizes, { fields, columns }) : shapeOfColumn(spec, sizes, field);
  return typeof rowShape === 'string' ? rowShape : { name, datatype, columns, depth, rowShape };
}

function undescribedFeed(field: Field, column: number): InputFeed | string {
  const datatype = datatypeOf(elementOf(field.type));
  if (datatype === undefined) return `column "${field.name}" is ${formatType(field.type, 'ignore')}, which no tensor holds`;
  const depth = depthOf(field.type);
  return { name: field.name, datatype, columns: [column], depth, rowShape: depth === 0 ? [1] : Array.from({ length: depth }, () => -1) };
}

interface Columns {
  readonly fields: readonly Field[];
  readonly columns: readonly number[];
}

function sideBySide(spec: TensorSpec, sizes: readonly number[], { fields, columns }: Columns): number[] | string {
  const array = columns.map(column => fields[column]!).find(field => field.type.kind === 'ARRAY');
  if (array !== undefined)
    return `INPUT declares the ARRAY column "${array.name}" beside others, but the model has one input: declare one ARRAY, or one column a value`;
  const shape = fillOpen(sizes, columns.length);
  if (shape !== undefined) return shape;
  return `INPUT declares ${columns.length} columns, but input "${spec.name}" of the model is ${describeTensor(spec)}`;
}

function shapeOfColumn(spec: TensorSpec, sizes: readonly number[], field: Field): readonly number[] | string {
  const depth = depthOf(field.type);
  const is = `column "${field.name}" is ${formatType(field.type, 'ignore')}, but input "${spec.name}" of the model is ${describeTensor(spec)}`;
  if (depth === 0) return fillOpen(sizes, 1) ?? is;
  if (depth === sizes.length) return sizes;
  const open = sizes.filter(size => size < 0).length;
  return depth === 1 && sizes.length > 0 && open <= 1 ? sizes : is;
}

/** Sizes that hold `count` values, an open one filled so that they do and the others 1; `undefined` where they cannot. */
function fillOpen(sizes: readonly number[], count: number): number[] | undefined {
  const known = sizes.reduce((product, size) => (size < 0 ? product : product * size), 1);
  const last = sizes.findLastIndex(size => size < 0);
  const filled = sizes.map((size, i) => (size >= 0 ? size : i === last ? count / known : 1));
  return filled.every(Number.isInteger) && filled.reduce((product, size) => product * size, 1) === count ? filled : undefined;
}

/** A type to declare for a tensor. */
export function sqlTypeOf({ datatype, shape }: TensorSpec, form: RowsForm): string {
  if (datatype === undefined) return '?';
  const sizes = form === 'batch' ? shape.slice(1) : shape;
  if (sizes.every(size => size === 1)) return SQL_TYPE_OF[datatype];
  const open = sizes.filter(size => size < 0).length;
  const depth = open > 1 ? sizes.length : 1;
  return `${'ARRAY<'.repeat(depth)}${SQL_TYPE_OF[datatype]}${'>'.repeat(depth)}`;
}
