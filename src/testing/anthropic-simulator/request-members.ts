import { isObject, type Body } from '../simulator/json-body.js';
import { invalidRequest } from './wire-error.js';

/** @throws {Refusal} 400 for a member that is not known. @param path of the object, with a dot behind it; empty for the body. */
export function checkMembers(object: Body, path: string, known: ReadonlySet<string>): void {
  const unknown = Object.keys(object).find(name => !known.has(name));
  if (unknown !== undefined) throw invalidRequest(`${path}${unknown}: Extra inputs are not permitted`);
}

/** @throws {Refusal} 400 for anything but an object. */
export function objectAt(value: unknown, path: string): Body {
  if (isObject(value)) return value;
  throw invalidRequest(`${path}: Input should be an object`);
}

/** @throws {Refusal} 400 where it is absent or no text. */
export function textMember(object: Body, name: string, path = ''): string {
  const value = object[name];
  if (value === undefined) throw invalidRequest(`${path}${name}: Field required`);
  if (typeof value !== 'string') throw invalidRequest(`${path}${name}: Input should be a valid string`);
  return value;
}

export interface NumberRange {
  readonly min: number;
  readonly max?: number;
  readonly integer?: true;
}

/** A number member; `undefined` where it is absent. @throws {Refusal} 400 */
export function numberMember(object: Body, name: string, { min, max = Infinity, integer }: NumberRange): number | undefined {
  const value = object[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || (integer && !Number.isInteger(value)))
    throw invalidRequest(`${name}: Input should be a valid ${integer ? 'integer' : 'number'}`);
  if (value < min) throw invalidRequest(`${name}: Input should be greater than or equal to ${min}`);
  if (value > max) throw invalidRequest(`${name}: Input should be less than or equal to ${max}`);
  return value;
}

/** @throws {Refusal} 400 where it is none of the words. */
export function wordAt<const Word extends string>(value: unknown, path: string, words: readonly Word[]): Word {
  const word = words.find(known => known === value);
  if (word !== undefined) return word;
  throw invalidRequest(`${path}: Input should be ${words.map(known => `'${known}'`).join(' or ')}`);
}
