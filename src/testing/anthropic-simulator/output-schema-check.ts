import { isObject, type Body } from '../simulator/json-body.js';
import { invalidRequest } from './wire-error.js';

const MAX_UNIONS = 16;
const MAX_OPTIONAL = 24;

/** Constraints that the service has for no type, by type. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  array: ['maxItems', 'uniqueItems', 'contains'],
  object: ['minProperties', 'maxProperties', 'patternProperties'],
};

/**
 * Checks the schema of `output_config.format` as Anthropic does.
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 *
 * @throws {Refusal} 400
 */
export function checkOutputSchema(schema: Body): void {
  const nodes = nodesOf(schema);
  for (const node of nodes) checkNode(node);
  const unions = nodes.filter(node => Array.isArray(node['type']) || Array.isArray(node['anyOf'])).length;
  if (unions > MAX_UNIONS) {
    throw invalidRequest(
      `Schemas contains too many parameters with union types (${unions} parameters with type arrays or anyOf). This causes exponential compilation cost. Reduce the number of nullable or union-typed parameters (limit: ${MAX_UNIONS} parameters with unions).`,
    );
  }
  const optional = nodes.reduce((sum, node) => sum + Object.keys(propertiesOf(node)).length - requiredOf(node).length, 0);
  if (optional > MAX_OPTIONAL)
    throw invalidRequest(`Schemas contains too many optional parameters (${optional}), the limit is ${MAX_OPTIONAL}.`);
}

function checkNode(node: Body): void {
  const types = [node['type']].flat();
  if (node['oneOf'] !== undefined) throw refusedSchema("'oneOf' is not supported. Use 'anyOf' instead.");
  if (types[0] === undefined && !['anyOf', 'allOf', '$ref', 'enum', 'const'].some(keyword => keyword in node))
    throw refusedSchema("Schema must have a 'type', 'anyOf', 'allOf', '$ref', 'enum' or 'const'.");
  for (const type of types) {
    const refused = (REFUSED[String(type)] ?? []).filter(keyword => keyword in node);
    if (refused.length > 0) throw refusedSchema(`For '${String(type)}' type, properties ${refused.join(', ')} are not supported`);
  }
  if (types.includes('object') && node['additionalProperties'] !== false)
    throw refusedSchema("For 'object' type, 'additionalProperties' must be explicitly set to false");
  const least = node['minItems'];
  if (types.includes('array') && least !== undefined && least !== 0 && least !== 1)
    throw refusedSchema("For 'array' type, 'minItems' values other than 0 or 1 are not supported");
}

function nodesOf(schema: Body): Body[] {
  const listed = [schema['items'], schema['anyOf'], schema['allOf']].flat();
  const named = [propertiesOf(schema), schema['$defs']].flatMap(schemas => (isObject(schemas) ? Object.values(schemas) : []));
  return [schema, ...[...listed, ...named].filter(isObject).flatMap(nodesOf)];
}

function propertiesOf({ properties }: Body): Body {
  return isObject(properties) ? properties : {};
}

function requiredOf({ required }: Body): readonly unknown[] {
  return Array.isArray(required) ? (required as unknown[]) : [];
}

function refusedSchema(problem: string): Error {
  return invalidRequest(`output_config.format.schema: ${problem}`);
}
