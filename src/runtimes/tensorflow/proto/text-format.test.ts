import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../../common/error.js';
import type { SavedModel } from './messages.js';
import { toNumber } from './messages.js';
import { savedModelSchema } from './saved-model-schema.js';
import { parseTextFormat } from './text-format.js';

const type = savedModelSchema().lookupType('SavedModel');

function parse(text: string): SavedModel {
  return parseTextFormat(type, text) as SavedModel;
}

test('text of a message is read: nesting, lists, maps, escapes, names of types, fields that nobody knows', () => {
  const model = parse(`# a comment
    saved_model_schema_version: 1
    unknown_field { deep < a: 1; b: [1, 2] > } unknown_list: ["x", 'y']
    meta_graphs {
      meta_info_def { tags: "serve", tags: 'gp' "u" }
      graph_def <
        node { name: "c" op: "Const" input: ["a", "^b"]
          attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: -1 } dim { size: 0x10 } } float_val: 1.5 float_val: -inf float_val: nan float_val: 2e3f } } }
          attr { key: "T" value { type: DT_STRING_REF } } attr { key: "s" value { s: "\\n\\303\\274\\x41\\"\\\\ü" } } attr { key: "b" value { b: true } }
        }
      >
    }`);
  const graph = model.meta_graphs[0]!;
  assert.equal(toNumber(model.saved_model_schema_version), 1);
  assert.deepEqual(graph.meta_info_def!.tags, ['serve', 'gpu']);
  const [node] = graph.graph_def!.node;
  assert.deepEqual(node!.input, ['a', '^b']);
  const tensor = node!.attr['value']!.tensor!;
  assert.equal(tensor.dtype, 1);
  assert.deepEqual(
    tensor.tensor_shape!.dim.map(dim => toNumber(dim.size)),
    [-1, 16],
  );
  assert.deepEqual([...tensor.float_val], [1.5, -Infinity, NaN, 2000]);
  assert.equal(node!.attr['T']!.type, 107);
  assert.equal(Buffer.from(node!.attr['s']!.s!).toString('utf8'), '\nüA"\\ü');
  assert.equal(node!.attr['b']!.b, true);
});

test('text that is no message is refused with its line', () => {
  const cases = [
    'meta_graphs {',
    'meta_graphs { graph_def: 3 }',
    '\nsaved_model_schema_version: many',
    'meta_graphs { meta_info_def { tags: "open\n" } }',
    '}',
    'a'.repeat(100_000),
    'meta_graphs {'.repeat(50_000),
    'x {'.repeat(200),
    'saved_model_schema_version: [1 2]',
  ];
  for (const text of cases)
    assert.throws(
      () => parse(text),
      error => MillraceError.is(error) && error.code === 'MODEL_LOAD' && /in line \d+/.test(error.message),
      text.slice(0, 40),
    );
});
