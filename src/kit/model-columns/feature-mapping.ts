import { MillraceError, type Note } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { formatType, type DataType, type Field } from '../../spec/data-type.js';
import { familyOf, type ElementType } from '../../spec/element-type.js';
import type { ModelInput, TensorFeed } from '../../spec/model-runtime.js';
import { holdsCategories } from './feature-encoder.js';
import { findName, quoteAll, sqlName } from '../tensor-names.js';
import { feedShape } from './feed-shape.js';
import { innermost } from './nested-array.js';

/** An input that columns can feed. */
interface OpenInput extends ModelInput {
  readonly element: ElementType;
}

/**
 * Finds the INPUT columns of each input of a model.
 *
 * A model with one input takes a column for each value of a row: by name, as `findName` compares names, where the model
 * knows the names of its features; else in declared order, whatever the names. A model with several inputs takes each from the
 * column of its name. An optional input is fed where a column has exactly its name.
 *
 * @throws {MillraceError} `MODEL_SCHEMA` with the model's inputs and a declaration that would fit as notes.
 */
export function mapFeatures(inputs: readonly ModelInput[], fields: readonly Field[]): readonly TensorFeed[] {
  const fail = (message: string): never => {
    throw new MillraceError({ code: 'MODEL_SCHEMA', message, notes: describeInputs(inputs) });
  };
  const fed = inputs.filter(input => !input.optional || fields.some(field => field.name === input.name));
  const open = fed.map((input): OpenInput => {
    if (input.element === undefined) return fail(`input "${input.name}" of the model is of a type that no column can feed`);
    return { ...input, element: input.element };
  });
  if (open.length !== 1) return feedByName(open, fields, fail);
  const [input] = open as [OpenInput];
  const isNamed = input.features?.every(feature => feature.name !== undefined) === true;
  const isArray = fields.length === 1 && fields[0]!.type.kind === 'ARRAY';
  return [isNamed && !isArray ? feedFeatures(input, fields, fail) : feedAll(input, fields, fail)];
}

type Fail = (message: string) => never;

function feedAll(input: OpenInput, fields: readonly Field[], fail: Fail): TensorFeed {
  const arrays = fields.filter(field => field.type.kind === 'ARRAY');
  if (arrays.length > 0 && fields.length > 1) {
    fail(
      `INPUT declares the ARRAY column "${arrays[0]!.name}" beside others, but the model has one input: declare one ARRAY, or one column a feature`,
    );
  }
  const feed = feedOf(
    input,
    fields.map((_, i) => i),
    { fields, fail },
  );
  if (feed.width !== fields.length && arrays.length === 0) {
    fail(`INPUT declares ${count(fields.length, 'column')}, but the model takes ${count(feed.width, 'feature')} a row`);
  }
  return feed;
}

/** Each feature from the column of its name. */
function feedFeatures(input: OpenInput, fields: readonly Field[], fail: Fail): TensorFeed {
  const names = input.features!.map(feature => feature.name!);
  const columnOf = columnsByName(names, fields, { noun: 'feature', fail });
  return feedOf(
    input,
    names.map(name => columnOf.get(name)!),
    { fields, fail },
  );
}

/** The column of each name; each column has one, and each name. */
function columnsByName(
  names: readonly string[],
  fields: readonly Field[],
  { noun, fail }: { noun: string; fail: Fail },
): ReadonlyMap<string, number> {
  const columnOf = new Map<string, number>();
  for (const [i, field] of fields.entries()) {
    const name = findName(field.name, names);
    if (name === undefined) {
      const meant = nearest(
        field.name,
        names.filter(candidate => !columnOf.has(candidate)),
      );
      return fail(`the model has no ${noun} "${field.name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`);
    }
    const taken = columnOf.get(name);
    if (taken !== undefined) fail(`the columns "${fields[taken]!.name}" and "${field.name}" both mean the ${noun} "${name}" of the model`);
    columnOf.set(name, i);
  }
  const missing = names.filter(name => !columnOf.has(name));
  if (missing.length > 0)
    fail(
      `INPUT has no column for the ${noun}${missing.length === 1 ? '' : 's'} ${quoteAll(missing.slice(0, LISTED))}${missing.length > LISTED ? ` and ${missing.length - LISTED} more` : ''} of the model`,
    );
  return columnOf;
}

function feedByName(inputs: readonly OpenInput[], fields: readonly Field[], fail: Fail): TensorFeed[] {
  const columnOf = columnsByName(
    inputs.map(input => input.name),
    fields,
    { noun: 'input', fail },
  );
  return inputs.map(input => {
    const column = columnOf.get(input.name)!;
    const feed = feedOf(input, [column], { fields, fail });
    if (feed.width > 1 && fields[column]!.type.kind !== 'ARRAY') {
      fail(`input "${input.name}" of the model takes ${count(feed.width, 'value')} a row: declare the column as ${sqlTypeOf(input)}`);
    }
    return feed;
  });
}

function feedOf(input: OpenInput, columns: readonly number[], { fields, fail }: { fields: readonly Field[]; fail: Fail }): TensorFeed {
  const shape = feedShape(
    input,
    columns.map(column => fields[column]!),
  );
  if (typeof shape === 'string') return fail(shape);
  const isOneEach = columns.length === input.features?.length && fields[columns[0]!]!.type.kind !== 'ARRAY';
  const codes = isOneEach ? input.features.map(feature => feature.codes) : undefined;
  for (const [place, column] of columns.entries()) {
    const field = fields[column]!;
    const type = innermost(field.type);
    const encoder = codes?.[place];
    const isEncoded = encoder !== undefined && holdsCategories(type, encoder);
    if (!isEncoded && !feeds(type, input.element)) {
      fail(
        `column "${field.name}" is ${formatType(field.type, 'ignore')}, but input "${input.name}" of the model is ${describeTensor(input)}`,
      );
    }
  }
  return {
    name: input.name,
    element: input.element,
    columns,
    ...shape,
    ...(codes?.some(each => each !== undefined) && { codes }),
    ...(input.takesNull && { takesNull: true }),
  };
}

function feeds(type: DataType, element: ElementType): boolean {
  const family = familyOf(element);
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return family === 'string';
    case 'BOOLEAN':
      return family !== 'string';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return family === 'integer' || family === 'float';
    case 'DECIMAL':
      return family === 'float' || (element === 'uint64' && type.scale === 0);
    case 'FLOAT':
    case 'DOUBLE':
      return family === 'float';
    default:
      return false;
  }
}

function describeInputs(inputs: readonly ModelInput[]): Note[] {
  const [first] = inputs;
  if (inputs.length === 1 && first!.features?.every(feature => feature.name !== undefined)) return describeFeatures(first!);
  const list = inputs.map(input => `"${input.name}" ${describeTensor(input)}`).join(', ');
  const columns = inputs.length === 1 ? matrixColumns(first!) : inputs.map(input => `${sqlName(input.name)} ${sqlTypeOf(input)}`);
  const notes: Note[] = [{ message: `the model takes ${list}` }];
  if (inputs.length === 1) notes.push({ message: 'the columns of INPUT are its features, in declared order' });
  if (columns) notes.push({ message: `declare for example INPUT (${columns.join(', ')})` });
  return notes;
}

/** Most names in a message. */
const LISTED = 12;

function describeFeatures({ features = [], ...input }: ModelInput): Note[] {
  const names = features.map(feature => feature.name!);
  const more = names.length > LISTED ? `, and ${names.length - LISTED} more` : '';
  const columns = features.map(
    feature => `${sqlName(feature.name!)} ${feature.codes ? (feature.codes.areNumbers ? 'BIGINT' : 'STRING') : sqlScalarOf(input)}`,
  );
  return [
    { message: `the model takes the features ${quoteAll(names.slice(0, LISTED))}${more}, by name` },
    ...(names.length <= LISTED ? [{ message: `declare for example INPUT (${columns.join(', ')})` }] : []),
  ];
}

/** Columns for a model with one input; `undefined` when their number is open or too large for an example. */
function matrixColumns(input: ModelInput): string[] | undefined {
  const width = widthOf(input);
  if (width === undefined || width > LISTED) return width === undefined ? undefined : [`features ${sqlTypeOf(input)}`];
  return Array.from({ length: width }, (_, i) => `f${i + 1} ${sqlScalarOf(input)}`);
}

function widthOf({ shape }: ModelInput): number | undefined {
  return shape
    ?.slice(1)
    .reduce((product: number | undefined, size) => (product === undefined || size === undefined ? undefined : product * size), 1);
}

function sqlTypeOf(input: ModelInput): string {
  const scalar = sqlScalarOf(input);
  const sizes = input.shape?.slice(1) ?? [];
  // Open sizes are told by ARRAYs in ARRAYs; a single one is taken for a feature a column, as in a matrix of numbers.
  if (sizes.filter(size => size === undefined).length > 1) return `${'ARRAY<'.repeat(sizes.length)}${scalar}${'>'.repeat(sizes.length)}`;
  return (widthOf(input) ?? 1) === 1 ? scalar : `ARRAY<${scalar}>`;
}

function sqlScalarOf({ element }: ModelInput): string {
  if (element === undefined) return '?';
  if (element === 'float64') return 'DOUBLE';
  if (element === 'int64' || element === 'uint32') return 'BIGINT';
  if (element === 'uint64') return 'DECIMAL(20, 0)';
  return { float: 'FLOAT', integer: 'INT', bool: 'BOOLEAN', string: 'STRING' }[familyOf(element)];
}

function describeTensor({ element, shape }: ModelInput): string {
  const sizes = shape?.map((size, i) => size ?? (i === 0 ? 'N' : '?')).join(', ') ?? '…';
  return `${element ?? 'a type without columns'} [${sizes}]`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
