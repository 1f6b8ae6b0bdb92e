import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { arrayOf, BIGINT, BOOLEAN, DOUBLE, FLOAT, INT, STRING, timestamp, type DataType, type Field } from '../../spec/data-type.js';
import type { ClassLabels, ModelOutput } from '../../spec/model-runtime.js';
import { outputTensors } from '../onnx/output-tensors.js';
import { mapOutputs } from './output-mapping.js';

function mapOf(key: DataType, value: DataType): DataType {
  return { kind: 'MAP', key, value, nullable: true };
}

function fields(...columns: readonly (readonly [string, DataType])[]): Field[] {
  return columns.map(([name, type]) => ({ name, type }));
}

function classifier(label: 'int64' | 'string', labels: ClassLabels | undefined, width = labels?.length ?? 3): ModelOutput[] {
  return outputTensors(
    [
      { name: 'label', element: label, dims: [2] },
      { name: 'probabilities', element: 'float32', dims: [2, width] },
    ],
    { rows: 2, zipMapLabels: new Map(), classLabels: labels },
  );
}

function regressor(width: number, element = 'float32'): ModelOutput[] {
  return outputTensors([{ name: 'variable', element, dims: [2, width] }], { rows: 2, zipMapLabels: new Map(), classLabels: undefined });
}

/** `output[offset..offset+count]` of each column. */
function reads(outputs: readonly ModelOutput[], declared: readonly Field[]): string[] {
  return mapOutputs(outputs, declared).map(read => `${read.output}[${read.offset}..${read.offset + read.count}]`);
}

function refusal(outputs: readonly ModelOutput[], declared: readonly Field[]): { message: string; notes: string } {
  try {
    mapOutputs(outputs, declared);
  } catch (error) {
    assert.ok(MillraceError.is(error));
    assert.equal(error.code, 'MODEL_SCHEMA');
    return { message: error.message, notes: error.notes.map(note => note.message).join('\n') };
  }
  assert.fail('the declaration was taken');
}

test('a column of an output’s name reads it, in another case too', () => {
  assert.deepEqual(reads(classifier('int64', [0, 1]), fields(['PROBABILITIES', arrayOf(DOUBLE)], ['Label', BIGINT])), [
    'probabilities[0..2]',
    'label[0..1]',
  ]);
});

test('a single output is read by a single column of any name', () => {
  assert.deepEqual(reads(regressor(1), fields(['fraud_score', DOUBLE])), ['variable[0..1]']);
  assert.deepEqual(reads(regressor(4), fields(['embedding', arrayOf(FLOAT)])), ['variable[0..4]']);
});

test('of two classes a DOUBLE is the probability of the last', () => {
  const outputs = classifier('int64', [0, 1]);
  assert.deepEqual(reads(outputs, fields(['fraud_score', DOUBLE])), ['probabilities[1..2]']);
  assert.deepEqual(reads(outputs, fields(['probabilities', DOUBLE])), ['probabilities[1..2]']);
  assert.deepEqual(reads(outputs, fields(['verdict', INT], ['score', FLOAT])), ['label[0..1]', 'probabilities[1..2]']);
});

test('a column named after a class is its probability', () => {
  const outputs = classifier('string', ['setosa', 'versicolor', 'virginica']);
  const names = ['virginica', 'p_setosa', 'probability_versicolor', 'Setosa_Score'];
  assert.deepEqual(
    reads(
      outputs,
      names.map(name => ({ name, type: DOUBLE })),
    ),
    ['probabilities[2..3]', 'probabilities[0..1]', 'probabilities[1..2]', 'probabilities[0..1]'],
  );
  assert.deepEqual(reads(classifier('int64', [0, 1]), fields(['probability_0', DOUBLE], ['p_1', DOUBLE])), [
    'probabilities[0..1]',
    'probabilities[1..2]',
  ]);
  assert.deepEqual(reads(classifier('int64', [0, 1]), fields(['p_0', DOUBLE], ['risk', DOUBLE])), [
    'probabilities[0..1]',
    'probabilities[1..2]',
  ]);
});

test('a name that fits several classes is no name of a class', () => {
  const { message } = refusal(classifier('string', ['a', 'A', 'b']), fields(['p_a', DOUBLE]));
  assert.match(message, /gives the probabilities of the classes "a", "A", "b"/);
});

test('all probabilities fit an ARRAY, and a MAP by class', () => {
  const words = classifier('string', ['no', 'yes', 'maybe']);
  assert.deepEqual(reads(words, fields(['all', arrayOf(DOUBLE)], ['by_class', mapOf(STRING, DOUBLE)])), [
    'probabilities[0..3]',
    'probabilities[0..3]',
  ]);
  assert.deepEqual(mapOutputs(words, fields(['m', mapOf(STRING, DOUBLE)]))[0]!.keys, ['no', 'yes', 'maybe']);
  assert.deepEqual(mapOutputs(classifier('int64', [3, 7]), fields(['m', mapOf(STRING, FLOAT)]))[0]!.keys, ['3', '7']);
  assert.deepEqual(mapOutputs(classifier('int64', [3, 7]), fields(['m', mapOf(BIGINT, DOUBLE)]))[0]!.keys, [3, 7]);
});

test('a MAP needs labels of its key type', () => {
  assert.match(
    refusal(classifier('string', ['no', 'yes']), fields(['m', mapOf(BIGINT, DOUBLE)])).message,
    /are words: declare MAP<STRING, DOUBLE>/,
  );
  assert.match(
    refusal(classifier('int64', [0, 1]), fields(['m', mapOf(INT, DOUBLE)])).message,
    /are integers: declare MAP<STRING, DOUBLE> or MAP<BIGINT, DOUBLE>/,
  );
  assert.match(refusal(classifier('int64', undefined), fields(['m', mapOf(STRING, DOUBLE)])).message, /does not tell the labels/);
});

test('the only text or integer column is the label; among several its name says it', () => {
  assert.deepEqual(reads(classifier('string', ['x', 'y']), fields(['species', STRING])), ['label[0..1]']);
  assert.deepEqual(reads(classifier('int64', undefined), fields(['prediction', BIGINT])), ['label[0..1]']);
  assert.match(
    refusal(classifier('string', ['x', 'y']), fields(['class', STRING], ['other', STRING])).message,
    /no output for the OUTPUT column "other" STRING/,
  );
});

test('scores of an anomaly detector and distances of clusters are no probabilities', () => {
  const detector = outputTensors(
    [
      { name: 'label', element: 'int64', dims: [2, 1] },
      { name: 'scores', element: 'float32', dims: [2, 1] },
    ],
    { rows: 2, zipMapLabels: new Map(), classLabels: undefined },
  );
  assert.deepEqual(reads(detector, fields(['verdict', INT], ['how_odd', DOUBLE])), ['label[0..1]', 'scores[0..1]']);
  const clusters = outputTensors(
    [
      { name: 'label', element: 'int64', dims: [2] },
      { name: 'scores', element: 'float32', dims: [2, 2] },
    ],
    { rows: 2, zipMapLabels: new Map(), classLabels: undefined },
  );
  assert.match(refusal(clusters, fields(['distance', DOUBLE])).message, /has 2 values a row: declare ARRAY<DOUBLE>, or 2 columns/);
});

test('several values without classes are read by as many columns in declared order', () => {
  assert.deepEqual(reads(regressor(3), fields(['x', DOUBLE], ['y', DOUBLE], ['z', FLOAT])), [
    'variable[0..1]',
    'variable[1..2]',
    'variable[2..3]',
  ]);
  assert.match(refusal(regressor(3), fields(['x', DOUBLE], ['y', DOUBLE])).message, /has 3 values a row/);
});

test('a wrong type names the output, lists all of them, and shows a declaration', () => {
  const { message, notes } = refusal(classifier('int64', [0, 1]), fields(['label', DOUBLE]));
  assert.equal(message, 'OUTPUT column "label" is DOUBLE, but output "label" of the model is int64 [N]');
  assert.match(notes, /the model gives "label" int64 \[N\], "probabilities" float32 \[N, 2\] for the classes "0", "1"/);
  assert.match(notes, /declare for example OUTPUT \(label BIGINT, probabilities MAP<STRING, DOUBLE>\)/);
  assert.match(refusal(regressor(1, 'float64'), fields(['y', FLOAT])).message, /is FLOAT, but output "variable" of the model is float64/);
  assert.match(refusal(regressor(1), fields(['y', timestamp(3)])).message, /is TIMESTAMP\(3\), but/);
  assert.match(refusal(regressor(1), fields(['y', BOOLEAN])).message, /is BOOLEAN, but/);
});

test('an output that has not one value for each row cannot be read', () => {
  const outputs = outputTensors(
    [
      { name: 'loss', element: 'float32', dims: [1] },
      { name: 'complex', element: 'complex64', dims: [2, 1] },
      { name: 'maps', element: undefined, dims: [] },
    ],
    { rows: 2, zipMapLabels: new Map(), classLabels: undefined },
  );
  for (const name of ['loss', 'complex', 'maps']) {
    assert.match(
      refusal(outputs, fields([name, DOUBLE])).message,
      new RegExp(`output "${name}" of the model does not give one value for each row`),
    );
  }
});

const TREES: readonly ModelOutput[] = [
  { name: 'prediction', element: 'float32', rowShape: [], width: 1, classes: undefined, kind: 'probability' },
  { name: 'margin', element: 'float32', rowShape: [], width: 1, classes: undefined, kind: 'margin', onRequest: true },
  { name: 'leaf', element: 'int32', rowShape: [2], width: 2, classes: undefined, kind: 'leaf', onRequest: true },
];

test('what is given on request is read by name or by the option', () => {
  assert.deepEqual(reads(TREES, fields(['score', DOUBLE])), ['prediction[0..1]']);
  assert.deepEqual(reads(TREES, fields(['score', DOUBLE], ['margin', DOUBLE])), ['prediction[0..1]', 'margin[0..1]']);
  assert.equal(mapOutputs(TREES, fields(['score', DOUBLE]), 'margin')[0]!.output, 'margin');
  assert.equal(mapOutputs(TREES, fields(['path', arrayOf(INT)]), 'leaf')[0]!.count, 2);
});

test('an output that the model does not have is refused with those it has', () => {
  assert.throws(
    () => mapOutputs(TREES, fields(['score', DOUBLE]), 'class'),
    error => MillraceError.is(error) && error.code === 'INVALID_OPTION' && error.notes[0]!.message === 'it gives probability, margin, leaf',
  );
});
