/** Decides values; the same numbers give the same value. */
export interface SchemaValueInit {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** What strings start with. */
  readonly text: string;
}

type Schema = Readonly<Record<string, unknown>>;

/**
 * A JSON value that satisfies a JSON schema of the strict subset: types, unions with null, `enum`, `const`, `anyOf`,
 * objects, arrays. Strings whose description names a form (`yyyy-MM-dd`, `base64`) have it.
 */
export function valueOfSchema(schema: Schema, init: SchemaValueInit): unknown {
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return pick(schema['enum'], init);
  if (Array.isArray(schema['anyOf'])) return valueOfSchema(pick(schema['anyOf'], init) as Schema, init);
  const { type } = schema;
  switch (Array.isArray(type) ? (type as string[]).find(word => word !== 'null') : type) {
    case 'object':
      return objectOf(schema, init);
    case 'array':
      return Array.from({ length: 1 + Math.floor(init.random() * 3) }, () => valueOfSchema((schema['items'] ?? {}) as Schema, init));
    case 'string':
      return stringOf(schema, init);
    case 'integer':
      return Math.floor(init.random() * 100);
    case 'number':
      return Math.round(init.random() * 1_000) / 1_000;
    case 'boolean':
      return init.random() < 0.5;
    default:
      return null;
  }
}

function objectOf(schema: Schema, init: SchemaValueInit): object {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  return Object.fromEntries(properties.map(([name, property]) => [name, valueOfSchema(property, init)]));
}

const FORMS: readonly (readonly [RegExp, string])[] = [
  [/yyyy-MM-ddT/, '2026-01-02T03:04:05Z'],
  [/yyyy-MM-dd HH/, '2026-01-02 03:04:05'],
  [/yyyy-MM-dd/, '2026-01-02'],
  [/HH:mm/, '03:04:05'],
  [/base64/, 'AQID'],
];

function stringOf({ description }: Schema, { random, text }: SchemaValueInit): string {
  const form = typeof description === 'string' ? FORMS.find(([pattern]) => pattern.test(description)) : undefined;
  return form?.[1] ?? `${text}${Math.floor(random() * 1_000)}`;
}

function pick(values: readonly unknown[], { random }: SchemaValueInit): unknown {
  return values[Math.floor(random() * values.length)];
}
