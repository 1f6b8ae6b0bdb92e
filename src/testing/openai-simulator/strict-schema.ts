import { isObject, type Body } from '../simulator/json-body.js';
import { invalidRequest } from './wire-error.js';

/**
 * Checks `response_format.json_schema` as OpenAI does for `strict: true`.
 * https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 *
 * @returns the schema.
 * @throws {Refusal} 400
 */
export function checkStrictSchema(format: unknown): Body {
  if (!isObject(format) || typeof format['name'] !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(format['name'])) {
    throw invalidRequest(
      'response_format.json_schema.name',
      "Invalid 'response_format.json_schema.name': expected 1 to 64 of a-z, A-Z, 0-9, '_' and '-'.",
    );
  }
  const { schema, strict } = format;
  if (!isObject(schema))
    throw invalidRequest('response_format.json_schema.schema', "Missing required parameter: 'response_format.json_schema.schema'.");
  if (strict !== true) return schema;
  if (schema['type'] !== 'object')
    throw invalidSchema(format, '()', `schema must be a JSON Schema of 'type: "object"', got 'type: "${String(schema['type'])}"'.`);
  checkNode(schema, { format, path: [] });
  return schema;
}

interface Place {
  readonly format: Body;
  readonly path: readonly string[];
}

function checkNode(schema: Body, place: Place): void {
  const types = [schema['type']].flat();
  if (types.includes('object')) checkObject(schema, place);
  if (types.includes('array')) {
    if (!isObject(schema['items'])) throw invalidSchema(place.format, show(place), 'array schema missing items.');
    checkNode(schema['items'], { ...place, path: [...place.path, 'items'] });
  }
  if (Array.isArray(schema['anyOf']))
    for (const [i, option] of schema['anyOf'].entries()) checkNode(option as Body, { ...place, path: [...place.path, 'anyOf', String(i)] });
}

function checkObject(schema: Body, place: Place): void {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? (schema['required'] as unknown[]) : [];
  if (schema['additionalProperties'] !== false)
    throw invalidSchema(place.format, show(place), "'additionalProperties' is required to be supplied and to be false.");
  const missing = Object.keys(properties).find(name => !required.includes(name));
  if (missing !== undefined) {
    throw invalidSchema(
      place.format,
      show(place),
      `'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`,
    );
  }
  for (const [name, property] of Object.entries(properties))
    checkNode(property as Body, { ...place, path: [...place.path, 'properties', name] });
}

function show({ path }: Place): string {
  return `(${path.map(part => `'${part}'`).join(', ')})`;
}

function invalidSchema({ name }: Body, context: string, problem: string): Error {
  return invalidRequest('response_format', `Invalid schema for response_format '${String(name)}': In context=${context}, ${problem}`);
}
