import type { JobEnvironment } from '../engine/embedded/environment.js';
import type { CheckpointStore } from '../engine/embedded/checkpoint/checkpoint-store.js';
import type { JobObserver } from '../engine/embedded/job-observer.js';
import type { Sink } from '../spec/connector.js';
import type { SinkExec } from '../planner/physical/exec-node.js';
import type { DeadLetterFactory } from './dead-letter-factory.js';
import type { SessionHost } from './host.js';
import type { ModelFactory } from './model-factory.js';
import type { Settings } from './settings.js';
import type { RowConsumer } from './statement-result.js';
import type { TableFactory } from './table-factory.js';

export interface JobEnvironmentInit {
  readonly host: SessionHost;
  readonly settings: Settings;
  readonly tables: TableFactory;
  readonly models: ModelFactory;
  readonly deadLetters: DeadLetterFactory;
  readonly job: JobEnvironment['job'];
  readonly store: CheckpointStore;
  /** Where the rows of a SELECT go. */
  readonly consumer: RowConsumer;
  readonly observer: JobObserver;
}

/** Joins a job to the tables and models of a session. */
export function jobEnvironment({
  host,
  settings,
  tables,
  models,
  deadLetters,
  job,
  store,
  consumer,
  observer,
}: JobEnvironmentInit): JobEnvironment {
  const { options, zone } = settings;
  return {
    openSource: node => tables.openSource(node.table, node.columns, node.hints),
    openSink: async node =>
      node.table ? tables.openSink(node.table, node.hints, node.overwrite ? 'overwrite' : 'add') : consumerSink(consumer, node),
    openLookup: node => tables.openLookup(node),
    openPredictor: (node, journal) => models.openPredictor(node, journal),
    openDeadLetters: node => deadLetters.open(node),
    job,
    functions: { timeZone: zone.name, now: () => host.clock.now() * 1_000, random: host.random },
    clock: host.clock,
    store,
    settings: {
      lookup: {
        capacity: options['table.exec.async-lookup.buffer-capacity'],
        timeoutMs: options['table.exec.async-lookup.timeout'],
        ordered: options['table.exec.async-lookup.output-mode'] === 'ORDERED',
      },
      parallelism: options['parallelism.default'],
      maxRows: options['pipeline.batch.max-rows'],
      maxBytes: options['pipeline.batch.max-bytes'],
      maxLatencyMs: options['pipeline.batch.max-latency'],
      checkpointIntervalMs: options['execution.checkpointing.interval'],
    },
    attempt: host.newId(),
    observer,
  };
}

/** A sink that hands rows to whoever ran the statement, at once. */
function consumerSink(consumer: RowConsumer, { fields, changelogMode }: SinkExec): Sink {
  return {
    changelogMode: 'all',
    openWriter() {
      consumer.begin(fields, changelogMode);
      return Promise.resolve({
        write: batch => consumer.write(batch),
        prepareCommit: () => Promise.resolve(undefined),
        flush: async () => consumer.end(),
        close: () => Promise.resolve(),
      });
    },
  };
}
