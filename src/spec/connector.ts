import type { z } from 'zod';
import type { Clock } from '../common/clock.js';
import type { Batch } from './batch.js';
import type { Field } from './data-type.js';
import type { Decoder, Encoder, Framing } from './format.js';
import type { EngineLease, InferenceEngine } from './inference-engine.js';
import type { OpenModelFile } from './model-runtime.js';
import type { OptionSchema } from './option.js';

/** The row kinds that a stream can hold: `+I` only; `+I +U -D` by key; or all of `+I -U +U -D`. */
export type ChangelogMode = 'insert-only' | 'upsert' | 'all';

/** The unit of parallel reading and of recovery: a file, a partition, a shard. */
export interface Split {
  /** Unique within the source and stable across restarts; written to checkpoints. */
  readonly id: string;
}

export interface ReadLimit {
  /** Most rows in the result. */
  readonly maxRows: number;
  /** Soft: a reader may overshoot by one record. */
  readonly maxBytes: number;
  /** How long a read may wait for data before it resolves without rows, in milliseconds. */
  readonly waitMs: number;
  /** How long rows that are there may wait for others, to travel in a fuller batch, in milliseconds; absent for not at all. */
  readonly fillMs?: number;
  /** Ends the waiting, not the reader: the read then resolves with what it has. */
  readonly signal: AbortSignal;
}

export interface ReadResult<Position> {
  /** Rows of the source's fields; `undefined` when there are none. */
  readonly batch: Batch | undefined;
  /** Where the next read starts. Stored in the checkpoint that covers `batch`; must survive JSON. */
  readonly position: Position;
  /** True once a bounded split has no more rows. Never true for an unbounded one. */
  readonly end: boolean;
  /** Records that the format skipped. */
  readonly skipped?: number;
}

export interface SplitReader<Position> {
  /**
   * At most one read is in flight per reader.
   *
   * @throws {MillraceError} with `context.split` and `context.position`.
   */
  read(limit: ReadLimit): Promise<ReadResult<Position>>;
  /** Called once; no read is in flight. */
  close(): Promise<void>;
}

export interface Source<Position = unknown> {
  readonly boundedness: 'bounded' | 'unbounded';
  /**
   * Set for an unbounded source whose splits end all the same, as those of a log that will be closed: rows come over time,
   * and yet a query may wait for the last one.
   */
  readonly willEnd?: boolean | undefined;
  readonly changelogMode: ChangelogMode;
  /**
   * The splits there are now, in reading order. Called at the start and, for an unbounded source with
   * `discoveryIntervalMs`, again and again; a split once listed keeps its id.
   */
  listSplits(): Promise<readonly Split[]>;
  /** How often `listSplits` is asked for new splits; absent for never. */
  readonly discoveryIntervalMs?: number;
  /** @param from `undefined` on a first start; afterwards the `position` of the last checkpoint. */
  openReader(split: Split, from: Position | undefined): Promise<SplitReader<Position>>;
  /**
   * What is there and has not been read. Called when somebody looks at the metrics, also while splits are read; absent where the
   * source cannot know.
   *
   * @param splits those that have not ended.
   */
  backlog?(splits: readonly SplitProgress<Position>[]): Promise<Backlog>;
  close?(): Promise<void>;
}

/** How far a split has been read. */
export interface SplitProgress<Position> {
  readonly split: Split;
  /** Where the next read starts; `undefined` before the first one. */
  readonly position: Position | undefined;
}

/** How far a source is behind its end. */
export interface Backlog {
  readonly unit: 'bytes' | 'records';
  readonly amount: number;
}

/**
 * The writing half of a table.
 *
 * What a writer wrote becomes visible by `commit`, which the engine calls after the checkpoint that holds the
 * committable is durable, and calls again after a restore: a commit must be repeatable. A sink without `commit` writes
 * through: its rows are visible at once, and can be written again after a crash.
 */
export interface Sink<Committable = unknown> {
  /** The row kinds that the writer accepts; the planner refuses a query that gives others. */
  readonly changelogMode: ChangelogMode;
  /** @param attempt differs for each writer and each start of the job, so that leftovers of an earlier one are never mixed in. */
  openWriter(attempt: string): Promise<SinkWriter<Committable>>;
  commit?(committables: readonly Committable[]): Promise<void>;
  /**
   * Removes what earlier attempts wrote and never committed. Called at each start of a job, with nothing on the first one,
   * when the committables of all sinks have been committed again and before the first writer opens.
   */
  recover?(committed: readonly Committable[]): Promise<void>;
  /**
   * Called when the input has come to its end, after the last commit and with what it committed; not when a job is stopped
   * before. Called again when a finished job is started again, so it must be repeatable.
   */
  finish?(committed: readonly Committable[]): Promise<void>;
}

export interface SinkWriter<Committable> {
  /** At most one write is in flight. A returned promise is backpressure. */
  write(batch: Batch): Promise<void> | void;
  /** Hands over what was written since the last call; must survive JSON. `undefined` when there is nothing to commit. */
  prepareCommit(): Promise<Committable | undefined>;
  /** No row follows: what the writer holds back must leave this process. Called once, before the last `prepareCommit`. */
  flush?(): Promise<void>;
  /** Called once, after the last `prepareCommit`, or after a failure: what was not handed over is dropped. */
  close(): Promise<void>;
}

/** What a table of a lookup join found. */
export interface LookupResult {
  /** Rows of the table's fields, then of its metadata, as a source gives them. */
  readonly rows: Batch;
  /** For each of these rows the key (from 0) that it belongs to, ascending. A key may have several rows, or none. */
  readonly inputOf: Uint32Array;
}

/**
 * The asking half of a table: gives the rows of keys, as they are when it is asked.
 *
 * Makes one attempt at a time; order, retries and the time an ask may take are the engine's.
 */
export interface LookupSource {
  /** Most keys in one ask. The engine never sends more, nor none. */
  readonly maxKeys: number;
  /** Whether several asks may be under way at once. Where the query does not say, they are: see Flink's LOOKUP hint. */
  readonly async: boolean;
  /** How often an ask is repeated whose failure says that it may pass. */
  readonly maxRetries: number;

  /**
   * The rows of keys.
   *
   * @param keys a column for each key of `LookupContext.keys`, of the type of that field; no value is NULL. May hold equal keys.
   * @param signal aborted when nobody waits for the rows any more.
   * @throws {MillraceError} with `retry` set; anything else counts as a defect and is not repeated.
   */
  lookup(keys: Batch, signal: AbortSignal): Promise<LookupResult>;
  /** Called once; asks that are still under way have been aborted. */
  close?(): Promise<void>;
}

/** What a lookup join tells the connector of its table, besides the table. */
export interface LookupContext {
  /** The fields that a row is found by, as indices into `TableContext.fields`; no metadata is among them. */
  readonly keys: readonly number[];
  /** All physical columns of the table, in declared order; `TableContext.fields` are those that are read. */
  readonly declared: readonly Field[];
  /** Lends the engine of `Connector.model`, loaded where it was not. Absent for a connector without one. */
  readonly leaseEngine: (() => Promise<EngineLease>) | undefined;
}

/** How the engine of a table that is a model is kept, and asked. */
export interface TableModelSettings {
  /** The name by which `ml_score` calls the model. */
  readonly name: string;
  /** Milliseconds that the engine stays loaded after its last use; `undefined` where it is closed at once. */
  readonly keepMs: number | undefined;
  /** Most rows of one run. */
  readonly batchSize: number;
  /** Whether several runs may be under way at once. */
  readonly async: boolean;
  readonly maxRetries: number;
}

/** What makes an engine of a table. */
export interface TableModel<Options> {
  /** The option that holds the name of the model, as in `WITH`. */
  readonly nameOption: string;
  settings(options: Options): TableModelSettings;
  /** @throws {MillraceError} as `OpenModelFile`. */
  openEngine(table: TableContext<Options>): Promise<InferenceEngine>;
}

/** What a table tells its connector. */
export interface TableContext<Options> {
  /** The table's name, for messages. */
  readonly name: string;
  readonly options: Options;
  /** Physical columns in declared order: what a source reads and a sink writes. */
  readonly fields: readonly Field[];
  /** Metadata columns that the query reads: `key` as in `METADATA FROM`; their values follow the physical ones. */
  readonly metadata: readonly { readonly key: string; readonly field: Field }[];
  /** Names of the primary key's columns; empty without one. */
  readonly primaryKey: readonly string[];
  readonly partitionKeys: readonly string[];
  /** Parsed `columnOptions` by column name; a column without any has the defaults. */
  readonly columnOptions: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** IANA name of the session's zone. */
  readonly timeZone: string;
  readonly clock: Clock;
  /** Where `print` and the like write. */
  readonly output: OutputStream;
  /** Loads model files, for tables that are models. */
  readonly openModelFile: OpenModelFile;
}

/** A text stream of the host, such as stdout. */
export interface OutputStream {
  /** A returned promise is backpressure. */
  write(text: string): Promise<void> | void;
}

/** What a connector whose table has `'format'` gets besides the table. */
export interface FormatPair {
  readonly framing: Framing;
  createDecoder(fields: readonly Field[]): Decoder;
  createEncoder(fields: readonly Field[]): Encoder;
}

/** How to reach a system: makes the source and the sink of a table. */
export interface Connector<Options extends OptionSchema = OptionSchema> {
  /** The value of `'connector'` in `CREATE TABLE`. */
  readonly name: string;
  readonly options: Options;
  /** Whether the table takes `'format'`; `required` means a table without one is refused. */
  readonly format: 'required' | 'none';
  /** Metadata keys that a source offers, with their types; `any` where the system decides. */
  readonly metadata?: Readonly<Record<string, Field['type']>> | 'any';
  /** Keys, besides `options`, that each column brings along: `fields.<column>.min`. Absent when there are none. */
  readonly columnOptions?: { readonly prefix: string; readonly options: OptionSchema };
  /**
   * Whether a table with these options has no end, as far as their text tells: keys are canonical, values as written, before
   * secrets are known. Asked when a script is checked; `Source.boundedness` decides when it runs. Default: it has one.
   */
  readonly isEndless?: (options: ReadonlyMap<string, string>) => boolean;
  /** The most rows that a table with these options gives, as far as their text tells, as for `isEndless`; for EXPLAIN. */
  readonly mostRows?: (options: ReadonlyMap<string, string>) => number | undefined;
  createSource?(table: TableContext<z.output<Options>>, format: FormatPair | undefined): Source | Promise<Source>;
  createSink?(table: TableContext<z.output<Options>>, format: FormatPair | undefined): Sink | Promise<Sink>;
  /**
   * The sink of INSERT OVERWRITE: its rows take the place of what was there when all of them are written (`Sink.finish`), and
   * nothing is lost before. Absent where the system cannot do that. The engine gives it bounded input only.
   */
  createOverwriteSink?(table: TableContext<z.output<Options>>, format: FormatPair | undefined): Sink | Promise<Sink>;
  /** Set where a table is a model: `ml_score` calls it, and `LookupContext.leaseEngine` lends it. */
  readonly model?: TableModel<z.output<Options>>;
  /** The table as a lookup join asks it. Absent where the system finds no rows by key. */
  createLookup?(
    table: TableContext<z.output<Options>>,
    lookup: LookupContext,
    format: FormatPair | undefined,
  ): LookupSource | Promise<LookupSource>;
}

export function defineConnector<Options extends OptionSchema>(connector: Connector<Options>): Connector<Options> {
  return connector;
}
