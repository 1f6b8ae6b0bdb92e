import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { openLmdbCheckpointStore } from '../../engine/embedded/checkpoint/lmdb-checkpoint-store.js';
import { EmbeddedJob } from '../../engine/embedded/job.js';
import type { TableObject } from '../../catalog/objects.js';
import { MillraceError } from '../../common/error.js';
import type { Value } from '../../spec/batch.js';
import type { Sink } from '../../spec/connector.js';
import { DEAD_LETTER_FIELDS, type DeadLetterColumnName } from '../../spec/dead-letter.js';
import type { DeadLetterFactory } from '../dead-letter-factory.js';
import type { DeadLetterAddress } from '../dead-letter-target.js';
import { fileTable } from '../file-table.js';
import type { SessionHost } from '../host.js';
import { jobEnvironment } from '../job-environment.js';
import type { ModelFactory } from '../model-factory.js';
import type { JobPlan } from '../plan-statement.js';
import type { SessionTelemetry } from '../session-telemetry.js';
import type { Settings } from '../settings.js';
import type { RunningJob } from '../statement-result.js';
import type { TableFactory } from '../table-factory.js';
import { readDeadLetters, type DeadLetter } from './dead-letter.js';
import type { ReplayBatch, ReplayFolder } from './replay-folder.js';
import { LETTER_ID, replayPlan, REPLAY_SOURCE } from './replay-plan.js';
import { replaySource } from './replay-source.js';

export interface ReplaysInit {
  readonly host: SessionHost;
  readonly settings: Settings;
  readonly telemetry: SessionTelemetry;
  readonly tables: TableFactory;
  readonly models: ModelFactory;
  readonly deadLetters: DeadLetterFactory;
}

/** What is needed of a dead letter to send its row again. */
export const REPLAYED_COLUMNS: readonly DeadLetterColumnName[] = ['id', 'statement_id', 'call_site', 'row_json'];

/** Reads dead letters, and sends their rows through their statements again. */
export class Replays {
  readonly #init: ReplaysInit;

  constructor(init: ReplaysInit) {
    this.#init = init;
  }

  /**
   * All dead letters of a target, in its order.
   *
   * @param required columns without which they are of no use to the caller.
   * @throws {MillraceError}
   */
  read(address: DeadLetterAddress, required: readonly DeadLetterColumnName[] = ['id']): Promise<DeadLetter[]> {
    return readDeadLetters(this.#init.tables, this.#tableOf(address), required);
  }

  /** The ids of the dead letters that were replayed. */
  async replayed({ ledger }: ReplayFolder): Promise<ReadonlySet<Value>> {
    if (!existsSync(ledger)) return new Set();
    const rows = await readDeadLetters(this.#init.tables, fileTable({ name: 'replayed', path: ledger, fields: [LETTER_ID] }), ['id']);
    return new Set(rows.map(({ id }) => id));
  }

  /** Checks that the rows of a call site can be replayed. @throws {MillraceError} */
  check(plan: JobPlan, { callSite, rows }: ReplayBatch, { ledger }: ReplayFolder): void {
    replaySource(rows, replayPlan(plan.physical, callSite, ledger).fields, LETTER_ID);
  }

  /**
   * Starts the replay of a batch that has begun, or goes on with it where it was.
   *
   * @param plan of the statement that gave the rows up.
   */
  async start(plan: JobPlan, batch: ReplayBatch, folder: ReplayFolder): Promise<RunningJob> {
    const { physical, fields } = replayPlan(plan.physical, batch.callSite, folder.ledger);
    const source = replaySource(batch.rows, fields, LETTER_ID);
    const statement = plan.fingerprint;
    const fingerprint = createHash('sha256').update(`replay ${statement} ${batch.callSite}`).digest('hex');
    const store = await openLmdbCheckpointStore({ path: folder.stateOf(batch), plan: fingerprint });
    const { telemetry } = this.#init;
    const observer = telemetry.jobObserver(batch.job);
    const environment = jobEnvironment({ ...this.#init, job: { name: batch.job, statement }, store, consumer: NO_CONSUMER, observer });
    const job = new EmbeddedJob(batch.job, physical, {
      ...environment,
      openSource: node => (node.id === REPLAY_SOURCE ? Promise.resolve(source) : environment.openSource(node)),
      openSink: async node => keepingLeftovers(await environment.openSink(node)),
    });
    telemetry.follow(job);
    await job.start();
    return job;
  }

  #tableOf(address: DeadLetterAddress): TableObject {
    switch (address.kind) {
      case 'file':
        return fileTable({ name: address.path, path: address.path, fields: DEAD_LETTER_FIELDS });
      case 'table':
        return this.#init.deadLetters.table(address.name);
      case 'kafka':
        throw new MillraceError({ code: 'UNSUPPORTED', message: 'this build has no connector "kafka"' });
    }
  }
}

const NO_CONSUMER = { begin() {}, write() {}, end() {} };

/** What the statement itself left at its sinks is the matter of its own next start: it can still owe a commit. */
function keepingLeftovers(sink: Sink): Sink {
  return {
    changelogMode: sink.changelogMode,
    openWriter: attempt => sink.openWriter(attempt),
    ...(sink.commit && { commit: committables => sink.commit!(committables) }),
    ...(sink.finish && { finish: committed => sink.finish!(committed) }),
  };
}
