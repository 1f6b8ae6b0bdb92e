import { z } from 'zod';
import { address, duration, flag, integer, memorySize, oneOf, option, text } from '../spec/option.js';

/** How processes share the limits of services. */
export const limitOptions = z.object({
  'limits.store': option(address('redis://host:6379/0').optional(), {
    doc: 'A database through which processes share the rate limits of a service; absent: each process keeps them by itself.',
  }),
  'limits.store.timeout': option(
    duration()
      .refine(ms => ms > 0, 'expected more than 0 ms')
      .default(2_000),
    {
      doc: 'How long the database may take to connect, and for each step.',
    },
  ),
});

export type LimitOptions = z.output<typeof limitOptions>;

/** Where answers of models stay between runs. */
export const answerStoreOptions = z.object({
  'cache.store': option(address('file:./answers').optional(), {
    doc: 'Where answers of models whose cache is on outlive the process and are shared by several; absent: each process forgets them.',
  }),
  'cache.store.timeout': option(
    duration()
      .refine(ms => ms > 0, 'expected more than 0 ms')
      .default(2_000),
    { doc: 'How long the store of answers may take to connect, and for each step.' },
  ),
  'cache.store.max-size': option(
    memorySize()
      .refine(bytes => bytes >= 65_536, 'expected at least 64 kb')
      .default(1_073_741_824),
    { doc: 'Most bytes of answers in a folder; the oldest leave first. A Redis has a bound of its own.' },
  ),
});

export type AnswerStoreOptions = z.output<typeof answerStoreOptions>;

/** What SET takes. */
export const sessionOptions = z.object({
  'pipeline.name': option(text().optional(), { doc: 'Name of the next jobs, for messages.' }),
  'pipeline.batch.max-rows': option(integer({ min: 1, max: 1_000_000 }).default(1_024), { doc: 'Most rows that travel together.' }),
  'pipeline.batch.max-bytes': option(memorySize().default(1_048_576), { doc: 'Most bytes that a source reads for one batch.' }),
  'pipeline.batch.max-latency': option(duration().default(10), { doc: 'How long a source may wait to fill a batch.' }),
  'parallelism.default': option(integer({ min: 1, max: 1_024 }).default(1), {
    doc: 'Splits of a bounded source that are read at the same time.',
  }),
  'execution.checkpointing.interval': option(duration().default(10_000), {
    doc: 'Between the starts of two checkpoints; file sinks show their rows at each.',
  }),
  'execution.runtime-mode': option(oneOf('STREAMING', 'BATCH').default('STREAMING'), {
    doc: 'In BATCH mode all tables must have an end, and aggregates send their final rows instead of a changelog.',
  }),
  'table.exec.async-lookup.buffer-capacity': option(integer({ min: 1, max: 1_000_000 }).default(100), {
    doc: 'Most rows of a lookup join that wait for their answers, where no LOOKUP hint says.',
  }),
  'table.exec.async-lookup.timeout': option(
    duration()
      .refine(ms => ms > 0, 'expected more than 0 ms')
      .default(180_000),
    { doc: 'Longest time from the first attempt of a lookup to its answer, where no LOOKUP hint says.' },
  ),
  'table.exec.async-lookup.output-mode': option(oneOf('ORDERED', 'ALLOW_UNORDERED').default('ORDERED'), {
    doc: 'Whether rows leave a lookup join in the order in which they came, where no LOOKUP hint says.',
  }),
  'table.local-time-zone': option(text().default('UTC'), {
    doc: 'Zone in which TIMESTAMP_LTZ is shown and read: an IANA name or an offset.',
  }),
  ...limitOptions.shape,
  ...answerStoreOptions.shape,
  'log.prompts': option(flag().default(false), {
    doc: 'Whether requests to models and their answers are logged, at the level debug: with the rows in them, without credentials.',
  }),
  'model.cache.path': option(text().optional(), {
    doc: "Folder that models from other machines are fetched into; several processes may share it. `millrace/models` in the user's cache folder when absent.",
  }),
  'model.cache.max-bytes': option(memorySize().prefault('20 gb'), {
    doc: 'Most bytes of fetched models on the disk; those used longest ago leave first.',
  }),
  'model.cache.memory': option(memorySize().prefault('2 gb'), {
    doc: 'Most bytes of opened models; of those that no job uses, the ones used longest ago are closed first.',
  }),
  'model.cache.max-models': option(integer({ min: 1, max: 10_000 }).default(64), {
    doc: 'Most opened models, likewise.',
  }),
  'model.cache.idle-ttl': option(duration().prefault('1 min'), {
    doc: 'How long a model stays open that no job uses.',
  }),
  'prices.path': option(text().optional(), {
    doc: 'A JSON file with prices of models, over those that are built in: {"gpt-x": {"input": 2, "output": 8}}, in US dollars for a million tokens.',
  }),
  'secrets.path': option(text().optional(), {
    doc: 'A folder with one file per secret, or a file of NAME=value lines; the environment goes first.',
  }),
});

export type SessionOptions = z.output<typeof sessionOptions>;

/** Keys that Flink knows and the embedded engine has no use for: a script with them runs on both. */
export const FLINK_PREFIXES: readonly string[] = [
  'table.',
  'execution.',
  'pipeline.',
  'parallelism.',
  'state.',
  'restart-strategy',
  'sql-client.',
  'taskmanager.',
  'jobmanager.',
  'rest.',
  'metrics.',
  'kubernetes.',
  'yarn.',
  'env.',
  'io.',
  'fs.',
  's3.',
  'python.',
  'security.',
  'high-availability',
  'cluster.',
  'task.',
  'client.',
];
