import { MillraceError } from '../common/error.js';
import { formatType, type DataType } from '../spec/data-type.js';

/** A JSON Schema, as JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON schema of a value of this type, within the subset that services enforce strictly: every property required,
 * no additional ones, NULL by a union of types.
 *
 * A MAP is an array of `{"key", "value"}` objects, since the strict subset has no open objects; bytes are base64.
 *
 * @throws {MillraceError} `MODEL_SCHEMA` for intervals, which have no JSON form.
 */
export function schemaOf(type: DataType): JsonSchema {
  const bare = bareSchema(type);
  return type.nullable ? { ...bare, type: [bare['type'], 'null'] } : bare;
}

function bareSchema(type: DataType): JsonSchema {
  switch (type.kind) {
    case 'BOOLEAN':
      return { type: 'boolean' };
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return { type: 'integer' };
    case 'FLOAT':
    case 'DOUBLE':
    case 'DECIMAL':
      return { type: 'number' };
    case 'CHAR':
    case 'VARCHAR':
      return { type: 'string' };
    case 'BINARY':
    case 'VARBINARY':
      return { type: 'string', description: 'base64' };
    case 'DATE':
      return { type: 'string', description: 'a date as yyyy-MM-dd' };
    case 'TIME':
      return { type: 'string', description: 'a time of day as HH:mm:ss' };
    case 'TIMESTAMP':
      return { type: 'string', description: 'a timestamp as yyyy-MM-dd HH:mm:ss' };
    case 'TIMESTAMP_LTZ':
      return { type: 'string', description: 'an instant as yyyy-MM-ddTHH:mm:ssZ' };
    case 'ARRAY':
    case 'MULTISET':
      return { type: 'array', items: schemaOf(type.element) };
    case 'MAP':
      return {
        type: 'array',
        items: objectSchema([
          ['key', schemaOf({ ...type.key, nullable: false })],
          ['value', schemaOf(type.value)],
        ]),
      };
    case 'ROW':
      return objectSchema(type.fields.map(field => [field.name, schemaOf(field.type)]));
    default:
      throw new MillraceError({
        code: 'MODEL_SCHEMA',
        message: `a model cannot answer with ${formatType(type)}`,
        notes: [{ message: 'declare the OUTPUT column with another type' }],
      });
  }
}

function objectSchema(properties: readonly (readonly [string, JsonSchema])[]): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name),
    additionalProperties: false,
  };
}
