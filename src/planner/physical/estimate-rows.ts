import type { WindowSpec } from '../logical/window-spec.js';
import { execInputs, execNodes, type Calc, type ExecNode, type JoinExec, type SinkExec, type SourceExec } from './exec-node.js';

/** What is known of a number of rows before the job runs. */
export interface RowBounds {
  readonly least: number;
  /** `Infinity` where it is not known. */
  readonly most: number;
  /** Whether rows come for as long as the job runs. */
  readonly isEndless: boolean;
}

/** `4`, `at most 4`, `unknown` or `without end`. */
export function formatBounds({ least, most, isEndless }: RowBounds): string {
  if (isEndless) return 'without end';
  if (most === Infinity) return 'unknown';
  return least === most ? String(most) : `at most ${most}`;
}

/** How many rows each node gives in the end, changes of the same row not counted. Nothing is guessed: conditions keep none or all. */
export function estimateRows(sinks: readonly SinkExec[], boundsOf: (source: SourceExec) => RowBounds): ReadonlyMap<ExecNode, RowBounds> {
  const known = new Map<ExecNode, RowBounds>();
  for (const node of execNodes(sinks)) {
    const inputs = execInputs(node).map(input => known.get(input)!);
    known.set(node, node.kind === 'SourceExec' ? ofSource(node, boundsOf(node)) : estimate(node, inputs));
  }
  return known;
}

function ofSource({ calc, output }: SourceExec, read: RowBounds): RowBounds {
  return filtered(output, filtered(calc, read));
}

function filtered(calc: Calc | undefined, input: RowBounds): RowBounds {
  return calc?.condition ? some(input) : input;
}

/** Any part of the rows. */
function some(input: RowBounds): RowBounds {
  return { ...input, least: 0 };
}

const ONE: RowBounds = { least: 1, most: 1, isEndless: false };

function estimate(node: Exclude<ExecNode, SourceExec>, inputs: readonly RowBounds[]): RowBounds {
  const input = inputs[0]!;
  switch (node.kind) {
    case 'ValuesExec':
      return { least: node.rows.length, most: node.rows.length, isEndless: false };
    case 'CalcExec':
      return filtered(node.calc, input);
    case 'UnionExec':
      return inputs.reduce((a, b) => ({ least: a.least + b.least, most: a.most + b.most, isEndless: a.isEndless || b.isEndless }));
    case 'SetOperationExec':
      return some(node.operator === 'INTERSECT' ? { ...input, most: Math.min(input.most, inputs[1]!.most) } : input);
    case 'JoinExec':
      return ofJoin(node, input, inputs[1]!);
    case 'TemporalJoinExec':
      return node.join === 'left' ? input : some(input);
    case 'PredictExec':
      return node.keepsRows || node.form === 'result' ? input : some(input);
    case 'VectorSearchExec':
      return { ...some(input), most: times(input.most, node.topK) };
    case 'ExpandExec':
      return { ...input, least: input.least * node.absent.length, most: times(input.most, node.absent.length) };
    case 'UnnestExec':
    case 'LookupJoinExec':
      return { ...some(input), most: input.most === 0 ? 0 : Infinity };
    case 'WindowTableExec':
      return { ...some(input), most: times(input.most, windowsOfRow(node.window)) };
    case 'GroupAggregateExec':
      if (node.keys.length === 0) return ONE;
      return { least: Math.min(1, input.least), most: input.most, isEndless: false };
    case 'WindowAggregateExec':
    case 'SessionAggregateExec':
      return some(input);
    case 'OverAggregateExec':
      return node.limit === undefined ? input : some(input);
    case 'SortExec':
      return node.partition.length === 0 ? limited(input, node) : some(input);
    case 'LimitExec':
      return limited(input, node);
    case 'MarkJoinExec':
    case 'MaterializeExec':
    case 'SinkExec':
      return input;
  }
}

function ofJoin({ join, atMostOne, condition }: JoinExec, left: RowBounds, right: RowBounds): RowBounds {
  const isEndless = left.isEndless || right.isEndless;
  if (atMostOne) return join === 'left' ? left : some(left);
  const isCross = condition.keys.length === 0 && condition.rest === undefined;
  const pairs = times(left.most, right.most);
  const sure = isCross ? left.least * right.least : 0;
  switch (join) {
    case 'inner':
      return { least: sure, most: pairs, isEndless };
    case 'left':
      return { least: Math.max(sure, left.least), most: Math.max(pairs, left.most), isEndless };
    case 'right':
      return { least: Math.max(sure, right.least), most: Math.max(pairs, right.most), isEndless };
    case 'full':
      return { least: Math.max(sure, left.least, right.least), most: Math.max(pairs, left.most + right.most), isEndless };
  }
}

/** A product where nothing of something unknown is nothing. */
function times(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b;
}

function limited(input: RowBounds, { count, offset }: { readonly count: number; readonly offset: number }): RowBounds {
  const left = (rows: number): number => Math.min(Math.max(0, rows - offset), count);
  return { least: left(input.least), most: left(input.most), isEndless: input.isEndless && count === Infinity };
}

/** In how many windows a row can be. */
function windowsOfRow(window: WindowSpec): number {
  switch (window.kind) {
    case 'tumble':
    case 'session':
      return 1;
    case 'hop':
      return Math.ceil(window.sizeMicros / window.slideMicros);
    case 'cumulate':
      return window.sizeMicros / window.stepMicros;
  }
}
