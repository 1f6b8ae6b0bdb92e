import { isObject, parseJson, type Body } from '../simulator/json-body.js';
import { invalidRequest } from './wire-error.js';

/** The members of a JSON body. @throws {Refusal} 400 when it is no JSON object. */
export function parseBody(body: Buffer): Body {
  const parsed = parseJson(body);
  if (isObject(parsed)) return parsed;
  if (parsed === undefined) throw invalidRequest(null, 'We could not parse the JSON body of your request.');
  throw invalidRequest(null, 'The body of the request must be a JSON object.');
}

/** @throws {Refusal} 400 for a member that the endpoint does not know. */
export function checkKnown(body: Body, known: ReadonlySet<string>): void {
  const unknown = Object.keys(body).find(name => !known.has(name));
  if (unknown !== undefined) throw invalidRequest(unknown, `Unrecognized request argument supplied: ${unknown}`);
}

export interface NumberCheck {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: true;
}

/** A number member; `undefined` where it is absent. @throws {Refusal} 400 */
export function numberMember(body: Body, name: string, { min = -Infinity, max = Infinity, integer }: NumberCheck = {}): number | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || (integer && !Number.isInteger(value))) {
    throw invalidRequest(
      name,
      `Invalid type for '${name}': expected ${integer ? 'an integer' : 'a decimal'}, but got ${JSON.stringify(value)} instead.`,
    );
  }
  if (value >= min && value <= max) return value;
  throw invalidRequest(name, `Invalid '${name}': ${value} is not between ${min} and ${max}.`);
}
