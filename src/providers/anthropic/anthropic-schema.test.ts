import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicSchema, canHoldTo } from './anthropic-schema.js';

test('keywords of the subset stay; others become words of the description', () => {
  const schema = {
    type: 'object',
    properties: {
      score: { type: 'integer', minimum: 0, maximum: 10, description: 'how sure' },
      name: { type: 'string', pattern: '^a', maxLength: 5 },
      sent: { type: 'string', format: 'date-time' },
      mark: { type: 'string', format: 'iban' },
      some: { type: 'array', minItems: 1, items: { type: 'number', multipleOf: 2 } },
      many: { type: 'array', minItems: 2, items: { enum: ['a', null] } },
      either: { oneOf: [{ const: 1 }, { type: 'null' }] },
    },
    required: ['score'],
    additionalProperties: true,
  };
  assert.deepEqual(anthropicSchema(schema), {
    type: 'object',
    properties: {
      score: { type: 'integer', description: 'how sure {minimum: 0, maximum: 10}' },
      name: { type: 'string', description: '{pattern: "^a", maxLength: 5}' },
      sent: { type: 'string', format: 'date-time' },
      mark: { type: 'string', description: '{format: "iban"}' },
      some: { type: 'array', minItems: 1, items: { type: 'number', description: '{multipleOf: 2}' } },
      many: { type: 'array', items: { enum: ['a', null] }, description: '{minItems: 2}' },
      either: { anyOf: [{ const: 1 }, { type: 'null' }] },
    },
    required: ['score'],
    additionalProperties: false,
  });
});

test('objects that forbid nothing are closed', () => {
  assert.deepEqual(anthropicSchema({ type: 'object', properties: {} }), { type: 'object', properties: {}, additionalProperties: false });
});

test('unions are counted at every depth', () => {
  const nullable = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, { type: ['string', 'null'] }]));
  const rows = (count: number) => ({
    type: 'object',
    properties: { rows: { type: 'array', items: { type: 'object', properties: nullable(count) } } },
  });
  assert.ok(canHoldTo(rows(16)));
  assert.ok(!canHoldTo(rows(17)));
});
