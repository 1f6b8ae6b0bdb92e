import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INT, type Field } from '../../spec/data-type.js';
import { cutPlan } from './cut-plan.js';
import { execNodes, type ExecNode, type PredictExec, type SinkExec } from './exec-node.js';

const FIELDS: readonly Field[] = [{ name: 'n', type: INT }];

/** A node with what a cut looks at. */
function node(kind: ExecNode['kind'], id: string, more: object = {}): ExecNode {
  return { kind, id, fields: FIELDS, changelogMode: 'insert-only', ...more } as unknown as ExecNode;
}

const SOURCE = node('SourceExec', 'source');
const OTHER = node('SourceExec', 'other');
const CALL = node('PredictExec', 'predict', { input: node('CalcExec', 'before', { input: SOURCE }) }) as PredictExec;
const LETTERS = node('SourceExec', 'letters');

function sink(id: string, input: ExecNode, more: object = {}): SinkExec {
  return node('SinkExec', id, { input, table: { name: { object: id } }, hints: new Map(), overwrite: false, ...more }) as SinkExec;
}

/** The ids of the nodes of a cut plan, inputs first. */
function cut(...plan: readonly SinkExec[]): string[] {
  return execNodes(cutPlan(plan, CALL, LETTERS)).map(({ id }) => id);
}

test('what stands in front of the call makes room for its new input, and all behind it stays', () => {
  const after = node('CalcExec', 'after', { input: CALL });
  assert.deepEqual(cut(sink('out', after)), ['letters', 'predict', 'after', 'out']);
});

test('a part that two sinks read runs once, and a sink that the call does not reach is left out', () => {
  const second = node('PredictExec', 'second', { input: CALL });
  const plan = [sink('a', second), sink('b', node('UnnestExec', 'unnest', { input: second })), sink('c', SOURCE)];
  assert.deepEqual(cut(...plan), ['letters', 'predict', 'second', 'a', 'unnest', 'b']);
});

test('other inputs of a union give no rows', () => {
  const union = node('UnionExec', 'union', { inputs: [OTHER, CALL, SOURCE] });
  const [rebuilt] = cutPlan([sink('out', union)], CALL, LETTERS);
  assert.deepEqual(
    execNodes([rebuilt!]).map(({ id }) => id),
    ['values-none-1', 'letters', 'predict', 'values-none-2', 'union', 'out'],
  );
  for (const each of execNodes([rebuilt!])) if (each.kind === 'ValuesExec') assert.deepEqual(each.rows, []);
});

test('rows join what is read on the other side, and are not what others join', () => {
  const lookedUp = (kind: ExecNode['kind'], left: ExecNode, right: ExecNode): string[] =>
    cut(sink('out', node(kind, 'join', { join: 'left', left, right })));
  for (const kind of ['JoinExec', 'MarkJoinExec', 'TemporalJoinExec'] as const) {
    assert.deepEqual(lookedUp(kind, CALL, OTHER), ['letters', 'predict', 'other', 'join', 'out']);
    assert.throws(() => lookedUp(kind, OTHER, CALL), { code: 'UNSUPPORTED' });
    assert.throws(() => lookedUp(kind, CALL, CALL), { code: 'UNSUPPORTED' });
  }
  assert.throws(() => cut(sink('out', node('JoinExec', 'join', { join: 'full', left: CALL, right: OTHER }))), { code: 'UNSUPPORTED' });
});

test('windows of single rows are given again, and whatever needs all rows is refused by name', () => {
  const windowed = (kind: string): ExecNode => node('WindowTableExec', 'window', { input: CALL, window: { kind } });
  assert.deepEqual(cut(sink('out', windowed('tumble'))), ['letters', 'predict', 'window', 'out']);
  assert.throws(() => cut(sink('out', windowed('session'))), { message: /through a session window: it needs all rows/ });
  const refused = { GroupAggregateExec: 'an aggregation', SortExec: 'ORDER BY', LimitExec: 'LIMIT', OverAggregateExec: 'OVER' } as const;
  for (const [kind, words] of Object.entries(refused))
    assert.throws(() => cut(sink('out', node(kind as ExecNode['kind'], 'all', { input: CALL }))), {
      code: 'UNSUPPORTED',
      message: new RegExp(words),
    });
  assert.throws(() => cut(sink('out', CALL, { table: undefined })), { message: /through a SELECT/ });
  assert.throws(() => cut(sink('out', CALL, { overwrite: true })), { message: /through INSERT OVERWRITE/ });
});
