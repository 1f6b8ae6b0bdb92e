import { parentPort } from 'node:worker_threads';
import type { FromWorker, ToWorker } from '../worker-pool.js';
import { BLOCK_ROWS } from './score-in-turns.js';
import { roomFor, type FeatureRows, type OutputRows, type RowScorer } from './row-scorer.js';

/** Some rows of a batch for a thread. */
export interface ScoreRequest {
  readonly data: FeatureRows;
  readonly rows: number;
  readonly names: readonly string[];
}

/** By wanted output, the values of its rows. */
export type ScoreReply = readonly OutputRows[];

/** Answers a `WorkerPool` for as long as it wants. The worker of a runtime is a module that calls this. */
export function serveScores(scorer: RowScorer): void {
  const port = parentPort!;
  port.on('message', (message: ToWorker<ScoreRequest, never>) => {
    if (message.kind === 'close') port.close();
    if (message.kind !== 'call') return;
    const results = scoreAll(scorer, message.request);
    port.postMessage(
      { kind: 'reply', id: message.id, reply: results } satisfies FromWorker<ScoreReply>,
      results.map(values => values.buffer as ArrayBuffer),
    );
  });
  port.postMessage({ kind: 'ready' } satisfies FromWorker<ScoreReply>);
}

function scoreAll(scorer: RowScorer, { data, rows, names }: ScoreRequest): OutputRows[] {
  const results = names.map(name =>
    roomFor(
      scorer.outputs.find(output => output.name === name)!,
      rows,
    ),
  );
  const score = scorer.scoring(names);
  for (let from = 0; from < rows; from += BLOCK_ROWS) score(data, { from, to: Math.min(rows, from + BLOCK_ROWS) }, results);
  return results;
}
