import { MillraceError, type Note } from '../../common/error.js';
import { formatType, type DataType, type Field } from '../../spec/data-type.js';
import { familyOf, type ElementType } from '../../spec/element-type.js';
import type { ClassLabels, ModelOutput, OutputKind, OutputRead } from '../../spec/model-runtime.js';
import { findName, normalizeName, quoteAll, sqlName } from '../tensor-names.js';
import { arrayDepth, innermost } from './nested-array.js';

/** How one OUTPUT column is read. */
export interface ColumnRead extends OutputRead {
  readonly type: DataType;
  /** Keys of a MAP column. */
  readonly keys: ClassLabels;
  /** Sizes of the ARRAYs in an ARRAY column, the outermost first; one for a flat ARRAY, none for any other column. */
  readonly nesting: readonly number[];
}

/**
 * Finds what each OUTPUT column reads: the output of its name, as `findName` compares names; else by conventions about the
 * column's type, name and siblings.
 *
 * @param wanted the kind of output that all columns read; any when absent.
 * @throws {MillraceError} `MODEL_SCHEMA` with the model's outputs and a declaration that would fit as notes; `INVALID_OPTION`
 * where the model has no output of the wanted kind.
 */
export function mapOutputs(all: readonly ModelOutput[], fields: readonly Field[], wanted?: OutputKind): ColumnRead[] {
  const outputs =
    wanted === undefined ? all : all.filter(output => output.kind === wanted).map(output => ({ ...output, onRequest: false }));
  if (outputs.length === 0 && wanted !== undefined) throw noSuchOutput(all, wanted);
  const fail = (message: string): never => {
    throw new MillraceError({ code: 'MODEL_SCHEMA', message, notes: describeOutputs(outputs) });
  };
  const readable = outputs.filter(output => output.element !== undefined && !output.onRequest);
  const byName = fields.map(field =>
    outputs.find(
      output =>
        output.name ===
        findName(
          field.name,
          outputs.map(({ name }) => name),
        ),
    ),
  );
  const unnamed = readable.filter(output => !byName.includes(output));
  const rest = fields.filter((_, i) => byName[i] === undefined);
  return fields.map((field, i) => {
    const output = byName[i] ?? byConvention(field, { fields, rest, readable, unnamed });
    if (output === undefined)
      return fail(`the model has no output for the OUTPUT column "${field.name}" ${formatType(field.type, 'ignore')}`);
    const read = readOf(field, output, rest);
    return typeof read === 'string' ? fail(`OUTPUT column "${field.name}" is ${formatType(field.type, 'ignore')}, but ${read}`) : read;
  });
}

function noSuchOutput(outputs: readonly ModelOutput[], wanted: OutputKind): MillraceError {
  const kinds = [...new Set(outputs.flatMap(({ kind }) => (kind === undefined ? [] : [kind])))];
  return new MillraceError({
    code: 'INVALID_OPTION',
    message: `option "output" is "${wanted}", which this model does not give`,
    notes: [{ message: kinds.length > 0 ? `it gives ${kinds.join(', ')}` : 'remove the option: columns read the outputs of their names' }],
  });
}

interface Candidates {
  readonly fields: readonly Field[];
  /** Columns that no output has the name of. */
  readonly rest: readonly Field[];
  readonly readable: readonly ModelOutput[];
  /** Outputs that no column has the name of. */
  readonly unnamed: readonly ModelOutput[];
}

const LABEL_NAMES = new Set([
  'label',
  'class',
  'prediction',
  'predicted',
  'predicted_label',
  'predicted_class',
  'class_label',
  'output_label',
  'category',
  'cluster',
]);

function byConvention(field: Field, { fields, rest, readable, unnamed }: Candidates): ModelOutput | undefined {
  if (fields.length === 1 && readable.length === 1) return readable[0];
  const shape = shapeOf(field.type);
  const probabilities = readable.filter(output => output.classes !== undefined);
  if (shape === 'map' || (shape !== 'discrete' && probabilities.length > 0)) return only(probabilities);
  if (shape === 'list')
    return only(unnamed.filter(output => (output.width > 1 || output.isOpen) && fitsElement(elementOf(field.type), output.element!)));
  if (shape === 'discrete') {
    const others = rest.filter(other => shapeOf(other.type) === 'discrete');
    const isLabel = others.length === 1 || LABEL_NAMES.has(normalizeName(field.name));
    const labels = unnamed.filter(output => output.width === 1 && familyOf(output.element!) !== 'float');
    return isLabel ? (only(labels.filter(output => fitsElement(field.type, output.element!))) ?? only(labels)) : undefined;
  }
  return only(unnamed.filter(output => familyOf(output.element!) === 'float'));
}

function only(found: readonly ModelOutput[]): ModelOutput | undefined {
  return found.length === 1 ? found[0] : undefined;
}

function shapeOf(type: DataType): 'map' | 'list' | 'discrete' | 'number' {
  switch (type.kind) {
    case 'MAP':
      return 'map';
    case 'ARRAY':
      return 'list';
    case 'FLOAT':
    case 'DOUBLE':
    case 'DECIMAL':
      return 'number';
    default:
      return 'discrete';
  }
}

/** The read of a column, or what speaks against it, to stand after `OUTPUT column "x" is T, but`. */
function readOf(field: Field, output: ModelOutput, rest: readonly Field[]): ColumnRead | string {
  const { element, width, classes } = output;
  if (element === undefined)
    return `output "${output.name}" of the model does not give one value for each row, or gives a type that no column can hold`;
  if (!fitsElement(elementOf(field.type), element)) return `output "${output.name}" of the model is ${describeTensor(output)}`;
  const whole = { output: output.name, width, form: formOf(element), type: field.type, nesting: [] };
  if (output.isOpen && field.type.kind !== 'ARRAY')
    return `a row of output "${output.name}" of the model has any number of values: declare ${sqlTypeOf(output)}`;
  switch (field.type.kind) {
    case 'ARRAY':
      return readArray(field.type, { output, whole });
    case 'MAP':
      return readMap(field.type.key, { output, whole });
    default: {
      if (width === 1) return { ...whole, offset: 0, count: 1, keys: [] };
      const offset = classes ? classOffset(field, { output, classes, rest }) : positionOf(field, { output, rest });
      return typeof offset === 'string' ? offset : { ...whole, offset, count: 1, keys: [] };
    }
  }
}

type WholeRead = Omit<ColumnRead, 'offset' | 'count' | 'keys'>;

/** A flat ARRAY reads all values of a row, row-major; ARRAYs in ARRAYs read one dimension each. */
function readArray(type: DataType, { output, whole }: { output: ModelOutput; whole: WholeRead }): ColumnRead | string {
  const { rowShape, width, isOpen } = output;
  const depth = arrayDepth(type);
  const nested = depth === rowShape.length;
  if (depth > 1 && !nested)
    return `a row of output "${output.name}" of the model has ${rowShape.length} dimensions: declare ${sqlTypeOf(output)}`;
  const read = { ...whole, offset: 0, count: width, keys: [], nesting: nested ? rowShape : [width] };
  return isOpen ? { ...read, openDimensions: rowShape.length } : read;
}

function readMap(key: DataType, { output, whole }: { output: ModelOutput; whole: WholeRead }): ColumnRead | string {
  const labels = output.classes ?? [];
  if (labels.length === 0) return `the model does not tell the labels of output "${output.name}": declare ARRAY<DOUBLE>`;
  const { width } = output;
  if (key.kind === 'VARCHAR') return { ...whole, offset: 0, count: width, keys: labels.map(String) };
  if (key.kind === 'BIGINT' && typeof labels[0] !== 'string') return { ...whole, offset: 0, count: width, keys: labels };
  return `the classes of output "${output.name}" are ${typeof labels[0] === 'string' ? 'words: declare MAP<STRING, DOUBLE>' : 'integers: declare MAP<STRING, DOUBLE> or MAP<BIGINT, DOUBLE>'}`;
}

interface OneOfMany {
  readonly output: ModelOutput;
  readonly rest: readonly Field[];
}

/** The class whose probability a column is: the one in its name; of two classes the last, as the positive one, without a name. */
function classOffset(field: Field, { output, classes, rest }: OneOfMany & { readonly classes: ClassLabels }): number | string {
  const labels = classes.length > 0 ? classes.map(String) : Array.from({ length: output.width }, (_, i) => String(i));
  const named = classInName(field.name, labels);
  if (named !== undefined) return named;
  const numbers = rest.filter(other => shapeOf(other.type) === 'number' && classInName(other.name, labels) === undefined);
  if (output.width === 2 && numbers.length <= 1) return 1;
  return `output "${output.name}" of the model gives the probabilities of the classes ${quoteAll(labels)}: declare ARRAY<DOUBLE> or MAP<STRING, DOUBLE>, or name one column after each class that you want`;
}

const AROUND_CLASS = new Set(['p', 'prob', 'proba', 'probability', 'score', 'class']);

/** The label that a name such as `setosa`, `p_setosa` or `setosa_probability` holds, by index. */
function classInName(name: string, labels: readonly string[]): number | undefined {
  const exact = labels.indexOf(name);
  if (exact >= 0) return exact;
  const normalized = labels.map(normalizeName);
  const words = normalizeName(name).split('_');
  for (let from = 0; from < words.length; from++) {
    for (let to = words.length; to > from; to--) {
      const label = words.slice(from, to).join('_');
      const found = normalized.indexOf(label);
      if (found >= 0 && normalized.lastIndexOf(label) === found) return found;
      if (!AROUND_CLASS.has(words[to - 1]!)) break;
    }
    if (!AROUND_CLASS.has(words[from]!)) break;
  }
  return undefined;
}

/** Of an output without classes, as many columns as it has values in a row read them in declared order. */
function positionOf(field: Field, { output, rest }: OneOfMany): number | string {
  const siblings = rest.filter(other => shapeOf(other.type) === shapeOf(field.type));
  const position = siblings.indexOf(field);
  if (position >= 0 && siblings.length === output.width) return position;
  return `output "${output.name}" of the model has ${output.width} values a row: declare ${sqlTypeOf(output)}, or ${output.width} columns`;
}

function elementOf(type: DataType): DataType {
  return type.kind === 'MAP' ? type.value : innermost(type);
}

/** Whether values of the column's type hold every value of the element type; a smaller integer is checked row by row. */
function fitsElement(type: DataType, element: ElementType): boolean {
  switch (type.kind) {
    case 'DOUBLE':
      return familyOf(element) === 'float';
    case 'FLOAT':
      return element === 'float32' || element === 'float16';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return familyOf(element) === 'integer';
    case 'DECIMAL':
      return element === 'uint64' && type.scale === 0 && type.precision >= 20;
    case 'BOOLEAN':
      return element === 'bool';
    case 'VARCHAR':
      return element === 'string' && formatType(type, 'ignore') === 'STRING';
    default:
      return false;
  }
}

function formOf(element: ElementType): OutputRead['form'] {
  if (element === 'string') return 'texts';
  if (element === 'bool') return 'flags';
  if (element === 'uint64') return 'unsigned';
  return element === 'int64' ? 'longs' : 'numbers';
}

function describeOutputs(outputs: readonly ModelOutput[]): Note[] {
  const list = outputs.map(output => {
    const classes = output.classes && output.classes.length > 0 ? ` for the classes ${quoteAll(output.classes.map(String))}` : '';
    return `"${output.name}" ${describeTensor(output)}${classes}`;
  });
  const columns = outputs.filter(output => output.element !== undefined).map(output => `${sqlName(output.name)} ${sqlTypeOf(output)}`);
  return [
    { message: `the model gives ${list.join(', ')}` },
    ...(columns.length > 0 ? [{ message: `declare for example OUTPUT (${columns.join(', ')})` }] : []),
  ];
}

function describeTensor({ element, rowShape, isOpen }: ModelOutput): string {
  const sizes = isOpen ? rowShape.map(() => '?') : rowShape;
  return element === undefined ? '(which no column can hold)' : `${element} [${['N', ...sizes].join(', ')}]`;
}

function sqlTypeOf({ element, width, classes, isOpen, rowShape }: ModelOutput): string {
  if (element === undefined) return '?';
  const scalar = sqlScalarOf(element);
  if (isOpen) return `${'ARRAY<'.repeat(rowShape.length)}${scalar}${'>'.repeat(rowShape.length)}`;
  if (width === 1) return scalar;
  return classes && classes.length > 0 ? `MAP<STRING, ${scalar}>` : `ARRAY<${scalar}>`;
}

function sqlScalarOf(element: ElementType): string {
  if (element === 'uint64') return 'DECIMAL(20, 0)';
  if (element === 'int64' || element === 'uint32') return 'BIGINT';
  return { float: 'DOUBLE', integer: 'INT', bool: 'BOOLEAN', string: 'STRING' }[familyOf(element)];
}
