import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOfRows, type Value } from '../spec/batch.js';
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  FLOAT,
  INT,
  STRING,
  timestamp,
  timestampLtz,
  type DataType,
  type Field,
} from '../spec/data-type.js';
import { createPrompt } from './prompt.js';

const ADDRESS: DataType = {
  kind: 'ROW',
  fields: [
    { name: 'city', type: STRING },
    { name: 'zip', type: INT },
  ],
  nullable: true,
};

function render(columns: Readonly<Record<string, readonly [DataType, Value]>>, template?: string): string | null {
  const inputs: Field[] = Object.entries(columns).map(([name, [type]]) => ({ name, type }));
  const batch = batchOfRows(inputs, [Object.values(columns).map(([, value]) => value)]);
  return createPrompt({ inputs, template })(batch, 0);
}

test('the only STRING is the text', () => {
  assert.equal(render({ a: [STRING, '{"x"}'] }), '{"x"}');
  assert.equal(render({ a: [STRING, ''] }), '');
  assert.equal(render({ a: [STRING, null] }), null);
});

test('anything else is one JSON object', () => {
  assert.equal(render({ a: [INT, 5] }), '{"a":5}');
  assert.equal(render({ a: [INT, null] }), '{"a":null}');
  assert.equal(
    render({
      'the "id"': [BIGINT, 9_223_372_036_854_775_807n],
      price: [decimal(38, 3), -12_345_678_901_234_567_890n],
      ratio: [DOUBLE, NaN],
      share: [FLOAT, Math.fround(0.1)],
      ok: [BOOLEAN, false],
      day: [DATE, 20_454],
      at: [timestamp(0), 1_767_225_600_000_000],
      instant: [timestampLtz(3), 1_767_225_600_250_000],
      raw: [BYTES, Uint8Array.of(1, 2, 3)],
      tags: [arrayOf(STRING), ['a', null]],
      counts: [{ kind: 'MAP', key: STRING, value: BIGINT, nullable: true }, new Map<Value, Value>([['k', 1]])],
      address: [ADDRESS, ['Köln', 50_667]],
    }),
    '{"the \\"id\\"":9223372036854775807,"price":-12345678901234567.890,"ratio":"NaN","share":0.1,"ok":false,"day":"2026-01-01","at":"2026-01-01 00:00:00",' +
      '"instant":"2026-01-01T00:00:00.250Z","raw":"AQID","tags":["a",null],"counts":{"k":1},"address":{"city":"Köln","zip":50667}}',
  );
});

test('a template is filled with values as they are', () => {
  assert.equal(
    render({ a: [STRING, '<b> & "c" {{d}}'], d: [STRING, 'no'] }, 'x {{a}} {{{a}}} {{&a}}'),
    'x <b> & "c" {{d}} <b> & "c" {{d}} <b> & "c" {{d}}',
  );
  assert.equal(render({ a: [STRING, null], n: [decimal(5, 2), 150] }, '[{{a}}] {{n}}'), '[] 1.50');
  assert.equal(render({ a: [ADDRESS, ['Köln', 50_667]] }, '{{a.city}} {{a}}'), 'Köln {"city":"Köln","zip":50667}');
  assert.equal(render({ tags: [arrayOf(STRING), ['a', 'b']] }, '{{#tags}}<{{.}}>{{/tags}} {{tags}}'), '<a><b> ["a","b"]');
  assert.equal(
    render(
      {
        rows: [
          arrayOf(ADDRESS),
          [
            ['A', 1],
            ['B', 2],
          ],
        ],
      },
      '{{#rows}}{{city}}={{zip}};{{/rows}}',
    ),
    'A=1;B=2;',
  );
  assert.equal(render({ n: [INT, 0] }, '{{#n}}some{{/n}}{{^n}}none{{/n}} {{n}}'), 'none 0');
  assert.equal(render({ f: [FLOAT, Math.fround(2.7)] }, '{{f}}'), '2.7');
});

test('a row never shows what an object has by itself', () => {
  assert.equal(render({ a: [ADDRESS, ['x', 1]] }, '[{{a.constructor}}][{{a.toString}}]'), '[][]');
});

test('a template that cannot be right is refused', () => {
  const columns = { body: [STRING, 'x'] } as const;
  for (const [template, message] of [
    ['{{bod}}', /names "bod"/],
    ['{{#bod}}{{/bod}}', /names "bod"/],
    ['{{constructor}}', /names "constructor"/],
    ['{{> other}}', /partial "other"/],
    ['{{#body}}', /not a mustache template/],
    ['{{body', /not a mustache template/],
  ] as const) {
    assert.throws(() => render(columns, template), { code: 'INVALID_OPTION', message });
  }
});

test('an INTERVAL has no text form', () => {
  assert.throws(() => render({ a: [{ kind: 'INTERVAL_DAY_TIME', nullable: true }, 1] }), { code: 'MODEL_SCHEMA' });
});
