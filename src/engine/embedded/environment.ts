import type { Clock } from '../../common/clock.js';
import type { FunctionEnvironment } from '../../planner/functions/function.js';
import type { LookupJoinExec, PredictExec, SinkExec, SourceExec } from '../../planner/physical/exec-node.js';
import type { AnswerJournal } from '../../spec/answer-journal.js';
import type { LookupSource, Sink, Source } from '../../spec/connector.js';
import type { Field } from '../../spec/data-type.js';
import type { Predictor } from '../../spec/predictor.js';
import type { CheckpointStore } from './checkpoint/checkpoint-store.js';
import type { JobObserver } from './job-observer.js';

/** What a job needs from outside: the objects behind its tables and models, and the host. */
export interface JobEnvironment {
  openSource(node: SourceExec): Promise<Source>;
  openSink(node: SinkExec): Promise<Sink>;
  /** The table of a lookup join; it gives `LookupJoinExec.columns`, in that order. */
  openLookup(node: LookupJoinExec): Promise<LookupSource>;
  /** @param journal of the call site; absent where no state survives the process. */
  openPredictor(node: PredictExec, journal: AnswerJournal | undefined): Promise<Predictor>;
  /** Where rows go that the model of a call site gives up; `undefined` where it gives up none. */
  openDeadLetters(node: PredictExec): Promise<DeadLetterTarget | undefined>;
  /** What dead letters tell about where they come from. */
  readonly job: { readonly name: string; /** Fingerprint of the plan. */ readonly statement: string };
  readonly functions: FunctionEnvironment;
  readonly clock: Clock;
  readonly store: CheckpointStore;
  readonly settings: JobSettings;
  /** Differs for each start of a job. Letters, digits and `-`. */
  readonly attempt: string;
  /** Absent where nobody looks. */
  readonly observer?: JobObserver | undefined;
}

export interface DeadLetterTarget {
  readonly sink: Sink;
  /** The columns that the sink takes, in its order: columns of dead letters by name, each with its declared nullability. */
  readonly fields: readonly Field[];
  /** For messages; absent for a file. */
  readonly table?: SinkExec['table'];
}

export interface JobSettings {
  /** What lookup joins do where their hints say nothing. */
  readonly lookup: { readonly capacity: number; readonly timeoutMs: number; readonly ordered: boolean };
  /** Splits of a bounded source that are read at the same time. */
  readonly parallelism: number;
  readonly maxRows: number;
  readonly maxBytes: number;
  /** How long a source may wait to fill a batch. */
  readonly maxLatencyMs: number;
  /** Between the starts of two checkpoints. */
  readonly checkpointIntervalMs: number;
}
