import type { JsonSchema } from '../../kit/output-schema.js';

/** Keywords that mean the same to the service, with what is inside of them as it is. */
const KEPT: ReadonlySet<string> = new Set(['title', 'const', 'enum', 'required', '$ref']);
const STRING_FORMATS: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);
/** The service compiles a schema into a grammar, and refuses more unions than this. */
const MAX_UNIONS = 16;

/** Whether the service can hold a reply to this schema: it refuses schemas with many columns that may be NULL. */
export function canHoldTo(schema: JsonSchema): boolean {
  return countUnions(anthropicSchema(schema)) <= MAX_UNIONS;
}

/**
 * The schema within the subset of `output_config.format`: a keyword that the service refuses becomes part of the
 * description, which the model reads. The runtime checks the whole schema when the answer comes.
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
export function anthropicSchema(schema: JsonSchema): JsonSchema {
  const { type, description, ...keywords } = schema;
  if (Array.isArray(type) && (type.includes('object') || type.includes('array'))) {
    return { anyOf: type.map((word: unknown) => anthropicSchema(word === 'null' ? { type: word } : { ...schema, type: word })) };
  }
  const kept: Record<string, unknown> = type === undefined ? {} : { type };
  const told: string[] = [];
  for (const [keyword, value] of Object.entries(keywords)) {
    const allowed = allowedValue(keyword, value);
    if (allowed === undefined) told.push(`${keyword}: ${JSON.stringify(value)}`);
    else kept[keyword === 'oneOf' ? 'anyOf' : keyword] = allowed;
  }
  if (type === 'object') kept['additionalProperties'] = false;
  const words = [description, ...(told.length > 0 ? [`{${told.join(', ')}}`] : [])].filter(part => part !== undefined);
  return words.length > 0 ? { ...kept, description: words.join(' ') } : kept;
}

/** What stands in the place of a keyword's value; `undefined` where the service refuses the keyword. */
function allowedValue(keyword: string, value: unknown): unknown {
  switch (keyword) {
    case 'properties':
    case '$defs':
      return mapValues(value as Readonly<Record<string, JsonSchema>>, anthropicSchema);
    case 'items':
      return anthropicSchema(value as JsonSchema);
    case 'anyOf':
    case 'oneOf':
    case 'allOf':
      return (value as readonly JsonSchema[]).map(anthropicSchema);
    case 'additionalProperties':
      return false;
    case 'minItems':
      return value === 0 || value === 1 ? value : undefined;
    case 'format':
      return STRING_FORMATS.has(value) ? value : undefined;
    default:
      return KEPT.has(keyword) ? value : undefined;
  }
}

function countUnions(schema: JsonSchema): number {
  const own = Array.isArray(schema['type']) || Array.isArray(schema['anyOf']) ? 1 : 0;
  return childrenOf(schema).reduce((sum, child) => sum + countUnions(child), own);
}

function childrenOf({ properties, items, anyOf, allOf, $defs }: JsonSchema): JsonSchema[] {
  const named = [properties, $defs].flatMap(schemas => (schemas === undefined ? [] : Object.values(schemas as object)));
  const listed = [items, anyOf, allOf].flatMap(schemas => schemas ?? []);
  return [...named, ...listed] as JsonSchema[];
}

function mapValues<From, To>(values: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
