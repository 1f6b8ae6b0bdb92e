import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { arrayOf, BIGINT, BOOLEAN, DOUBLE, STRING, type DataType, type Field } from '../../spec/data-type.js';
import { familyOf, type ElementType } from '../../spec/element-type.js';
import type { ModelInput } from '../../spec/model-runtime.js';
import { findName, quoteAll } from '../tensor-names.js';

/** How the features of a row reach a model: as columns of these fields, in their order. */
export interface FeatureFields {
  readonly fields: readonly Field[];
  /** Whether features are found by name; else they are taken in the order in which they are given. */
  readonly isNamed: boolean;
}

/** The inputs that a row with these features feeds: all but the optional ones that it does not name. */
export function fedInputs(inputs: readonly ModelInput[], given: ReadonlyMap<string, unknown>): ModelInput[] {
  return inputs.filter(input => !input.optional || given.has(input.name));
}

/**
 * The columns of a model that tells the names of what it takes: of its features, or of its inputs where it has several;
 * `undefined` for a model with one input that only knows places.
 */
export function namedFields(inputs: readonly ModelInput[]): FeatureFields | undefined {
  const [first] = inputs;
  if (inputs.length !== 1) return { fields: inputs.map(input => ({ name: input.name, type: inputType(input) })), isNamed: true };
  const names = first!.features?.map(({ name }) => name);
  if (names === undefined || names.length === 0 || names.some(name => name === undefined)) return undefined;
  const fields = first!.features!.map(({ name, codes }): Field => ({ name: name!, type: codes ? STRING : scalarType(first!.element) }));
  return { fields, isNamed: true };
}

/** The columns for so many features, of a model that only knows places; one ARRAY where the features came as one list. */
export function placedFields(input: ModelInput, features: number | 'list'): FeatureFields {
  const type = scalarType(input.element);
  if (features === 'list') return { fields: [{ name: input.name, type: arrayOf(type) }], isNamed: false };
  return { fields: Array.from({ length: features }, (_, i) => ({ name: `f${i + 1}`, type })), isNamed: false };
}

/**
 * The values of a row in the order of the fields, with their names as messages tell them.
 *
 * @throws {MillraceError} `PREDICTION_FAILED` for a feature that is missing, foreign or there twice.
 */
export function inFieldOrder(given: ReadonlyMap<string, unknown>, { fields, isNamed }: FeatureFields): [string, unknown][] {
  if (!isNamed) return [...given];
  const names = fields.map(({ name }) => name);
  if (given.size === names.length && names.every(name => given.has(name))) return names.map(name => [name, given.get(name)]);
  const values = new Map<string, unknown>();
  for (const [written, value] of given) {
    const name = findName(written, names);
    if (name === undefined) throw foreign(written, names);
    if (values.has(name)) throw failed(`the feature "${name}" is given twice`);
    values.set(name, value);
  }
  const missing = names.filter(name => !values.has(name));
  if (missing.length > 0) throw failed(`the model takes ${quoteAll(missing)} too`);
  return names.map(name => [name, values.get(name)]);
}

function foreign(written: string, names: readonly string[]): MillraceError {
  const meant = nearest(written, names);
  const hint =
    meant === undefined ? `it takes ${quoteAll(names.slice(0, 12))}${names.length > 12 ? ' and more' : ''}` : `did you mean "${meant}"?`;
  return failed(`the model has no feature "${written}"; ${hint}`);
}

function failed(message: string): MillraceError {
  return new MillraceError({ code: 'PREDICTION_FAILED', message });
}

/** A scalar, or an ARRAY for an input of several values, nested where a row's values do not tell its shape. */
function inputType({ element, shape }: ModelInput): DataType {
  const sizes = shape?.slice(1) ?? [];
  const scalar = scalarType(element);
  if (sizes.every(size => size === 1)) return scalar;
  const depth = sizes.filter(size => size === undefined).length > 1 ? sizes.length : 1;
  return Array.from({ length: depth }).reduce<DataType>(arrayOf, scalar);
}

/** What holds every value of the element type; a number where the model tells none, so that the mapping can refuse it. */
function scalarType(element: ElementType | undefined): DataType {
  return element === undefined ? DOUBLE : { float: DOUBLE, integer: BIGINT, bool: BOOLEAN, string: STRING }[familyOf(element)];
}
