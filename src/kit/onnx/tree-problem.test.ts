import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readModelFile } from './model-file.js';
import { encodeOnnxModel, type OnnxAttribute } from './onnx-graph.js';

interface Tree {
  readonly trueIds: readonly (number | bigint)[];
  readonly falseIds: readonly number[];
  readonly modes: readonly string[];
}

function problem({ trueIds, falseIds, modes }: Tree): string | undefined {
  const attributes: Record<string, OnnxAttribute> = {
    nodes_treeids: { ints: modes.map(() => 0) },
    nodes_nodeids: { ints: modes.map((_, i) => i) },
    nodes_modes: { strings: modes },
    nodes_truenodeids: { ints: trueIds },
    nodes_falsenodeids: { ints: falseIds },
  };
  const bytes = encodeOnnxModel({
    name: 'trees',
    inputs: [{ name: 'x', element: 'float32', shape: ['N', 1] }],
    outputs: [{ name: 'y', element: 'float32', shape: ['N', 1] }],
    constants: [],
    nodes: [{ opType: 'TreeEnsembleRegressor', domain: 'ai.onnx.ml', inputs: ['x'], outputs: ['y'], attributes }],
  });
  return readModelFile(bytes)!.problem;
}

const BRANCH = 'BRANCH_LEQ';

test('a tree whose branches end in leaves has no problem', () => {
  assert.equal(problem({ modes: [BRANCH, 'LEAF', 'LEAF'], trueIds: [1, 0, 0], falseIds: [2, 0, 0] }), undefined);
  for (const name of ['diabetes_trees', 'missing_values', 'anomalies', 'iris_rf_zipmap'])
    assert.equal(readModelFile(readFileSync(`tests/fixtures/onnx/${name}.onnx`))!.problem, undefined, name);
});

test('circles, nodes that are not there and trees that are very deep are found', () => {
  assert.match(problem({ modes: [BRANCH, BRANCH, 'LEAF'], trueIds: [1, 0, 0], falseIds: [2, 2, 0] })!, /lead back to nodes above/);
  assert.match(problem({ modes: [BRANCH, BRANCH, 'LEAF'], trueIds: [1, 1, 0], falseIds: [2, 2, 0] })!, /lead back to nodes above/);
  // onnxruntime takes the lower 32 bits of it, which is node 0.
  assert.match(problem({ modes: [BRANCH, 'LEAF', 'LEAF'], trueIds: [2n ** 32n, 0, 0], falseIds: [2, 0, 0] })!, /nodes that are not there/);
  const deep = 3_000;
  const chain = Array.from({ length: deep }, (_, i) => Math.min(i + 1, deep - 1));
  const modes = chain.map((_, i) => (i === deep - 1 ? 'LEAF' : BRANCH));
  assert.match(problem({ modes, trueIds: chain, falseIds: chain })!, /more than 2000 levels/);
});
