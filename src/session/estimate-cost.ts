import type { Clock } from '../common/clock.js';
import { MillraceError, toMillraceError } from '../common/error.js';
import { costNanos, NANOS_PER_DOLLAR } from '../inference/model-price.js';
import { execInputs, execNodes, type ExecNode, type LimitExec, type PredictExec, type SinkExec } from '../planner/physical/exec-node.js';
import type { RowBounds } from '../planner/physical/estimate-rows.js';
import { concatBatches, type Batch } from '../spec/batch.js';
import type { CallEstimate, ModelFactory } from './model-factory.js';
import type { RowConsumer, RunningJob } from './statement-result.js';

export interface EstimateInit {
  readonly models: ModelFactory;
  readonly clock: Clock;
  /** What is known of the rows of each node. */
  readonly bounds: ReadonlyMap<ExecNode, RowBounds>;
  /** Starts a job that keeps nothing. */
  readonly start: (sinks: readonly SinkExec[], consumer: RowConsumer) => Promise<RunningJob>;
}

/** Most rows that are read to guess the tokens of the others, and how long a table without end may take to give them. */
const SAMPLE_ROWS = 1_000;
const SAMPLE_MS = 5_000;

/**
 * What the calls of each paid model will take, a line each: calls, tokens and money. Nothing is sent to a model; the rows
 * in front of it are read as far as the sample goes.
 */
export async function estimateCost(sinks: readonly SinkExec[], init: EstimateInit): Promise<string> {
  const lines: string[] = [];
  for (const node of execNodes(sinks)) if (node.kind === 'PredictExec') lines.push(await estimateCall(node, init));
  return lines.filter(line => line !== '').join('\n');
}

async function estimateCall(node: PredictExec, init: EstimateInit): Promise<string> {
  const estimate = await init.models.openEstimate(node.call);
  if (estimate === undefined) return '';
  const name = `model "${node.call.model.name.object}"`;
  const asked = askedBounds(node, init.bounds);
  try {
    const before = nodesBelow(node).find((each): each is PredictExec => each.kind === 'PredictExec');
    if (before) return `${name}: ${rowsText(asked)}; its tokens depend on the answers of model "${before.call.model.name.object}"`;
    const sample = await readSample(node, init).catch((thrown: unknown) => toMillraceError(thrown));
    if (MillraceError.is(sample)) return `${name}: ${rowsText(asked)}; there is no sample: ${sample.message}`;
    const isAll = sample.isComplete && sample.rows.rowCount < SAMPLE_ROWS;
    const rows = isAll ? sample.asked : asked.isEndless || asked.most === Infinity ? 1_000 : asked.most;
    const of = isAll
      ? counted(rows, 'row')
      : asked.isEndless || asked.most === Infinity
        ? 'for 1,000 rows'
        : `at most ${counted(rows, 'row')}`;
    if (sample.asked === 0) return `${name}: ${isAll ? 'no rows' : `${rowsText(asked)}; no row came to guess its tokens from`}`;
    return `${name}: ${of}, ${amounts(estimate, rows, sample)}${isAll ? '' : `; by a sample of ${counted(sample.asked, 'row')}`}`;
  } finally {
    await estimate.close();
  }
}

/** Calls, tokens and money of so many rows like those of the sample. */
function amounts({ tokens, hasOutput, batchSize, price }: CallEstimate, rows: number, sample: Sample): string {
  const calls = Math.ceil(rows / batchSize);
  if (tokens === undefined) return counted(calls, 'call');
  const inputOfRow = sum(sample.indices.map(row => tokens.ofRow(sample.inputs, row))) / sample.asked;
  const inputTokens = Math.round(rows * inputOfRow + calls * tokens.ofCall);
  const outputTokens = rows * tokens.outputOfRow;
  const parts = [counted(calls, 'call'), `about ${number(inputTokens)} input tokens`];
  if (hasOutput) {
    parts.push(
      outputTokens > 0 ? `at most ${number(outputTokens)} output tokens` : 'an unknown number of output tokens without "max-tokens"',
    );
  }
  if (price === undefined) return [...parts, 'no price known'].join(', ');
  const dollars = `$${money(costNanos({ inputTokens, outputTokens }, price) / NANOS_PER_DOLLAR)}`;
  if (!hasOutput) return [...parts, `about ${dollars}`].join(', ');
  return [...parts, outputTokens > 0 ? `at most about ${dollars}` : `about ${dollars} for the input`].join(', ');
}

interface Sample {
  /** The rows in front of the model. */
  readonly rows: Batch;
  /** Their INPUT columns. */
  readonly inputs: Batch;
  /** Those that the model is asked about. */
  readonly indices: readonly number[];
  readonly asked: number;
  /** Whether there are no more. */
  readonly isComplete: boolean;
}

/** Runs what is in front of the model, as far as the sample goes. */
async function readSample(node: PredictExec, { start, clock }: EstimateInit): Promise<Sample> {
  const { input } = node;
  const shared = { fields: input.fields, changelogMode: input.changelogMode, wholeInput: undefined };
  const limit: LimitExec = { ...shared, kind: 'LimitExec', id: 'limit-sample', input, count: SAMPLE_ROWS, offset: 0 };
  const sink: SinkExec = {
    ...shared,
    kind: 'SinkExec',
    id: 'sink-sample',
    input: limit,
    table: undefined,
    hints: new Map(),
    overwrite: false,
  };
  const batches: Batch[] = [];
  const job = await start([sink], { begin() {}, write: batch => void batches.push(batch), end() {} });
  let isComplete = true;
  const cancelTimer = clock.setTimer(SAMPLE_MS, () => {
    isComplete = false;
    void job.cancel();
  });
  try {
    await job.settled;
  } catch (thrown) {
    if (isComplete) throw thrown;
  } finally {
    cancelTimer();
  }
  const rows: Batch = batches.length === 0 ? { kind: 'batch', rowCount: 0, columns: [] } : concatBatches(batches);
  const guard = node.guard === undefined ? undefined : rows.columns[node.guard];
  const indices = Array.from({ length: rows.rowCount }, (_, row) => row).filter(
    row => guard === undefined || (guard.values[row] === 1 && guard.nulls?.[row] !== 1),
  );
  const inputs: Batch = { ...rows, columns: rows.rowCount === 0 ? [] : node.arguments.map(column => rows.columns[column]!) };
  return { rows, inputs, indices, asked: indices.length, isComplete };
}

function nodesBelow(node: ExecNode): ExecNode[] {
  return execInputs(node).flatMap(input => [input, ...nodesBelow(input)]);
}

function askedBounds(node: PredictExec, bounds: ReadonlyMap<ExecNode, RowBounds>): RowBounds {
  const input = bounds.get(node.input)!;
  return node.guard === undefined ? input : { ...input, least: 0 };
}

function rowsText({ most, isEndless }: RowBounds): string {
  if (isEndless) return 'rows without end';
  return most === Infinity ? 'an unknown number of rows' : `at most ${counted(most, 'row')}`;
}

function counted(value: number, what: string): string {
  return `${number(value)} ${what}${value === 1 ? '' : 's'}`;
}

function number(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** Two digits that tell something, and cents at least. */
function money(dollars: number): string {
  return dollars >= 1 ? dollars.toFixed(2) : String(Number(dollars.toPrecision(2)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
