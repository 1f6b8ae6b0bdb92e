import { deserialize, serialize } from 'node:v8';
import { deferred, type Deferred } from '../../common/deferred.js';
import { MillraceError } from '../../common/error.js';
import type { ExecNode, LimitExec, PredictExec, SinkExec, SourceExec } from '../../planner/physical/exec-node.js';
import { batchOfRows, ROW_KIND_NAMES, rowAt, type Batch, type Value } from '../../spec/batch.js';
import type { Sink, SinkWriter, Source, Split, SplitReader } from '../../spec/connector.js';
import { INT, STRING, type Field } from '../../spec/data-type.js';
import { DEAD_LETTER_FIELDS } from '../../spec/dead-letter.js';
import type { Prediction, Predictor, RowFailure } from '../../spec/predictor.js';
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.js';
import type { Checkpoint, CheckpointStore } from './checkpoint/checkpoint-store.js';
import type { JobEnvironment } from './environment.js';
import { EmbeddedJob } from './job.js';
import { nextTurn as turn } from './next-turn.js';

export const N: Field = { name: 'n', type: INT };

/** Everything around a job that outlives it, as files and services do, and what its starts did to it. */
export class JobWorld {
  readonly clock: FakeClock = createFakeClock();
  readonly tables = new Map<string, MemoryTable>();
  readonly store: MemoryStore;
  readonly predictors: MemoryPredictor[] = [];
  readonly log: string[] = [];
  /** Takes the rows that the model gives up; absent where `on-error` is another. */
  deadLetters: MemoryTable | undefined;
  /** The rows that the model gives up. */
  givesUp: (n: number) => boolean = () => false;
  maxPendingRows = 100;
  /** How many turns a model takes for an answer; `undefined` where the test answers. */
  answerAfter: (() => number) | undefined = () => 0;
  /** Sees each call that the test answers. */
  onCall: (call: OpenCall) => void = () => {};
  #starts = 0;

  constructor({ isDurable = true } = {}) {
    this.store = new MemoryStore(isDurable, this.log);
  }

  table(name: string, init: Partial<MemoryTable> = {}): MemoryTable {
    const table = Object.assign(new MemoryTable(name, this.log), init);
    this.tables.set(name, table);
    return table;
  }

  job(...plan: readonly SinkExec[]): EmbeddedJob {
    return new EmbeddedJob('job', plan, this.#environment());
  }

  #environment(): JobEnvironment {
    return {
      openSource: async ({ table }) => this.tables.get(table.name.object)!.openSource(),
      openSink: async ({ table }) => this.tables.get(table!.name.object)!.openSink(),
      openPredictor: () => {
        const predictor = new MemoryPredictor({
          maxPendingRows: this.maxPendingRows,
          answerAfter: this.answerAfter,
          onCall: call => this.onCall(call),
          givesUp: n => this.givesUp(n),
        });
        this.predictors.push(predictor);
        return Promise.resolve(predictor);
      },
      openLookup: () => Promise.reject(new Error('no lookups here')),
      openDeadLetters: async () => this.deadLetters && { sink: this.deadLetters.openSink(), fields: DEAD_LETTER_FIELDS },
      job: { name: 'job', statement: 'fingerprint' },
      functions: { timeZone: 'UTC', now: () => this.clock.now() * 1_000, random: () => 0.5 },
      clock: this.clock,
      store: this.store,
      settings: {
        parallelism: 2,
        maxRows: 3,
        maxBytes: 1_000,
        maxLatencyMs: 1,
        checkpointIntervalMs: 1_000,
        lookup: { capacity: 100, timeoutMs: 180_000, ordered: true },
      },
      attempt: `attempt-${++this.#starts}`,
    };
  }
}

/** A store that keeps only bytes, and fails when the test says so. */
export class MemoryStore implements CheckpointStore {
  readonly isDurable: boolean;
  readonly #log: string[];
  #last: Buffer | undefined;
  failure: unknown;
  saving: Deferred<void> | undefined;

  constructor(isDurable: boolean, log: string[]) {
    this.isDurable = isDurable;
    this.#log = log;
  }

  get last(): Checkpoint | undefined {
    return this.#last && (deserialize(this.#last) as Checkpoint);
  }

  load(): Promise<Checkpoint | undefined> {
    return Promise.resolve(this.last);
  }
  async save(checkpoint: Checkpoint): Promise<number> {
    await this.saving?.promise;
    if (this.failure !== undefined) throw this.failure as Error;
    this.#log.push(`save ${checkpoint.finished ? 'finished' : 'running'}`);
    this.#last = serialize(checkpoint);
    return this.#last.length;
  }
  close(): Promise<void> {
    this.#log.push('store closed');
    return Promise.resolve();
  }
}

interface Committable {
  readonly id: string;
  readonly rows: readonly (readonly unknown[])[];
}

/** A table in memory: what it gives as a source, and what was committed to it as a sink. */
export class MemoryTable {
  readonly name: string;
  readonly #log: string[];
  /** The rows of each split. An unbounded source can get more at any time. */
  splits: number[][] = [];
  boundedness: Source['boundedness'] = 'bounded';
  /** How many turns a read takes. */
  readAfter: () => number = () => 0;
  /** How many rows a read gives at most. */
  rowsPerRead: () => number = () => 2;
  /** Fails a read at this row. */
  failAt = Infinity;
  changelogMode: Sink['changelogMode'] = 'all';
  readonly committed = new Map<string, Committable>();
  /** Rows that were written by a sink, committed or not. */
  readonly written: (readonly unknown[])[] = [];
  /** Holds a write back, and decides what comes of it. */
  writing: Deferred<void> | undefined;
  committing: Deferred<void> | undefined;
  openWriter: (() => Promise<void>) | undefined;
  #waiting = new Set<() => void>();

  constructor(name: string, log: string[]) {
    this.name = name;
    this.#log = log;
  }

  /** The committed rows, each with the name of its kind first unless it is an insert. */
  get rows(): unknown[][] {
    return [...this.committed.values()].flatMap(({ rows }) => rows.map(row => (row[0] === '+I' ? row.slice(1) : [...row])));
  }

  /** Lets unbounded readers see rows that were added. */
  wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  openSource(): Source<number> {
    this.#log.push(`${this.name} opened`);
    return {
      boundedness: this.boundedness,
      changelogMode: 'insert-only',
      listSplits: () => Promise.resolve(this.splits.map((_, i) => ({ id: String(i) }))),
      openReader: (split, from = 0) => Promise.resolve(this.#reader(split, from)),
      close: () => {
        this.#log.push(`${this.name} closed`);
        return Promise.resolve();
      },
    };
  }

  #reader({ id }: Split, from: number): SplitReader<number> {
    let position = from;
    const rows = this.splits[Number(id)]!;
    const isBounded = this.boundedness === 'bounded';
    return {
      read: async ({ signal }) => {
        for (let i = this.readAfter(); i > 0; i--) await turn();
        if (!isBounded && position >= rows.length && !signal.aborted) await this.#rowsOrStop(signal);
        const values = rows.slice(position, position + this.rowsPerRead());
        if (values.includes(this.failAt)) throw new MillraceError({ code: 'IO', message: 'cannot be read' });
        position += values.length;
        return { batch: values.length > 0 ? numbers(values) : undefined, position, end: isBounded && position >= rows.length };
      },
      close: () => Promise.resolve(),
    };
  }

  #rowsOrStop(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  openSink(): Sink<Committable> {
    return {
      changelogMode: this.changelogMode,
      openWriter: async attempt => {
        await this.openWriter?.();
        return this.#writer(attempt);
      },
      commit: async committables => {
        await this.committing?.promise;
        for (const committable of committables) {
          this.#log.push(`${this.name} commit`);
          this.committed.set(committable.id, committable);
        }
      },
      recover: committed => {
        this.#log.push(`${this.name} recover ${committed.length}`);
        return Promise.resolve();
      },
    };
  }

  #writer(attempt: string): SinkWriter<Committable> {
    let rows: (readonly unknown[])[] = [];
    let next = 0;
    const name = this.name;
    const log = this.#log;
    return {
      write: batch => {
        const take = (): void => {
          const taken = Array.from({ length: batch.rowCount }, (_, row) => [
            ROW_KIND_NAMES[batch.rowKinds?.[row] ?? 0],
            ...rowAt(batch, row),
          ]);
          rows.push(...taken);
          this.written.push(...taken);
        };
        return this.writing ? this.writing.promise.then(take) : take();
      },
      prepareCommit: () => {
        const committable = { id: `${attempt}/${next++}`, rows };
        rows = [];
        return Promise.resolve(committable.rows.length > 0 ? committable : undefined);
      },
      close: () => {
        log.push(`${name} writer closed`);
        return Promise.resolve();
      },
    };
  }
}

export interface OpenCall {
  readonly values: readonly Value[];
  answer(): void;
  fail(error: MillraceError): void;
}

interface MemoryPredictorInit {
  readonly maxPendingRows: number;
  readonly answerAfter: (() => number) | undefined;
  readonly onCall: (call: OpenCall) => void;
  readonly givesUp: (n: number) => boolean;
}

/** A model that gives `#n` for n. */
export class MemoryPredictor implements Predictor {
  readonly name = 'm';
  readonly ordered = true;
  readonly rowsPerSubmission = 1;
  readonly maxPendingRows: number;
  readonly open: OpenCall[] = [];
  readonly asked: Value[] = [];
  readonly log: string[] = [];
  readonly #answerAfter: (() => number) | undefined;
  readonly #onCall: (call: OpenCall) => void;
  readonly #givesUp: (n: number) => boolean;
  readonly #calls = new Set<Deferred<Prediction>>();
  #isPaused = false;

  constructor({ maxPendingRows, answerAfter, onCall, givesUp }: MemoryPredictorInit) {
    this.maxPendingRows = maxPendingRows;
    this.#onCall = onCall;
    this.#answerAfter = answerAfter;
    this.#givesUp = givesUp;
  }

  async submit(inputs: Batch): Promise<Prediction> {
    const values = Array.from({ length: inputs.rowCount }, (_, row) => rowAt(inputs, row)[0]!);
    const prediction = this.#predict(values as readonly number[]);
    const call = deferred<Prediction>();
    call.promise.catch(() => {});
    if (this.#isPaused) return new Promise(() => {});
    this.#calls.add(call);
    this.asked.push(...values);
    if (this.#answerAfter) {
      for (let i = this.#answerAfter(); i > 0; i--) await turn();
      if (!this.#isPaused) call.resolve(prediction);
    } else {
      const open: OpenCall = { values, answer: () => call.resolve(prediction), fail: call.reject };
      this.open.push(open);
      this.#onCall(open);
    }
    return call.promise;
  }

  #predict(values: readonly number[]): Prediction {
    const answered = values.flatMap((n, i) => (this.#givesUp(n) ? [] : [i]));
    const outputs = batchOfRows(
      [{ name: 'text', type: STRING }],
      answered.map(i => [`#${values[i]!}`]),
    );
    if (answered.length === values.length) return { outputs };
    const deadLetters = new Map(values.flatMap((n, i) => (this.#givesUp(n) ? [[i, failureOf(n)] as const] : [])));
    return { outputs, inputOf: Uint32Array.from(answered), deadLetters };
  }

  barrier(): void {}

  flush(): void {}
  /** Calls that the test answers are at the model; the others still wait for their turn. */
  async pause(): Promise<void> {
    this.log.push('pause');
    this.#isPaused = true;
    if (this.#answerAfter) return;
    await Promise.allSettled([...this.#calls].map(({ promise }) => promise));
    await turn();
  }
  close(): Promise<void> {
    this.log.push('close');
    for (const { reject } of this.#calls) reject(new MillraceError({ code: 'INTERRUPTED', message: 'closed' }));
    return Promise.resolve();
  }
}

function failureOf(n: number): RowFailure {
  const code = 'SERVICE_ERROR';
  const how = { httpStatus: 503, headers: { 'x-request-id': `r${n}` }, version: 'v1', attempts: 4, firstAt: 1_000, lastAt: 2_500 };
  return { code, message: `no answer for ${n}`, ...how };
}

export function numbers(values: readonly number[]): Batch {
  return batchOfRows(
    [N],
    values.map(value => [value]),
  );
}

function tableObject(name: string): SourceExec['table'] {
  return {
    kind: 'table',
    name: { catalog: 'default_catalog', database: 'default_database', object: name },
    temporary: false,
    columns: [{ kind: 'physical', name: 'n', type: INT, comment: undefined }],
    watermark: undefined,
    primaryKey: [],
    constraint: undefined,
    partitionKeys: [],
    options: new Map(),
    comment: undefined,
    definitions: [],
    namespace: { catalog: 'default_catalog', database: 'default_database' },
  };
}

const INSERT_ONLY = 'insert-only' as const;

export function sourceExec(name: string): SourceExec {
  return {
    kind: 'SourceExec',
    id: `source-${name}`,
    table: tableObject(name),
    columns: [0],
    hints: new Map(),
    calc: undefined,
    readFields: [N],
    watermark: undefined,
    output: undefined,
    fields: [N],
    changelogMode: INSERT_ONLY,
  };
}

export function unionExec(...inputs: readonly ExecNode[]): ExecNode {
  return { kind: 'UnionExec', id: 'union-1', inputs, fields: [N], changelogMode: INSERT_ONLY };
}

export function predictExec(input: ExecNode): PredictExec {
  const model = { name: { object: 'm' }, outputs: [{ name: 'text', type: STRING }] } as unknown as PredictExec['call']['model'];
  return {
    kind: 'PredictExec',
    id: 'predict-1',
    input,
    call: { model, config: new Map(), configSpans: new Map(), span: { start: 0, end: 0 } },
    arguments: [0],
    guard: undefined,
    form: 'columns',
    keepsRows: false,
    fields: [...input.fields, { name: 'text', type: STRING }],
    changelogMode: INSERT_ONLY,
  };
}

export function limitExec(input: ExecNode, count: number): LimitExec {
  return { kind: 'LimitExec', id: 'limit-1', input, count, offset: 0, fields: input.fields, changelogMode: INSERT_ONLY };
}

export function sinkExec(name: string, input: ExecNode): SinkExec {
  return {
    kind: 'SinkExec',
    overwrite: false,
    id: `sink-${name}`,
    input,
    table: tableObject(name),
    hints: new Map(),
    fields: input.fields,
    changelogMode: input.changelogMode,
  };
}

/** Lets everything settle that can without the clock. */
export async function rest(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

/** Copies the table `in` to the table `out`. */
export const COPY: SinkExec = sinkExec('out', sourceExec('in'));

/** Asks the model about each row of the table `in` for the table `out`. */
export const ASK: SinkExec = sinkExec('out', predictExec(sourceExec('in')));
