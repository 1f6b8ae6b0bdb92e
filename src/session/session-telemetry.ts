import { MillraceError } from '../common/error.js';
import { SILENT, type LogFields, type Logger } from '../common/logger.js';
import type { SecretMask } from '../config/secret-mask.js';
import type { OperatorMetrics } from '../engine/embedded/job.js';
import type { JobObserver } from '../engine/embedded/job-observer.js';
import { NO_OBSERVER, type CallObserver } from '../inference/call-observer.js';
import type { ModelUsage } from '../inference/usage.js';
import { NO_LOAD_OBSERVER, type LoadObserver } from '../common/load-observer.js';
import { JobMetrics, type MeasuredJob } from '../telemetry/job-metrics.js';
import { LoaderMetrics } from '../telemetry/loader-metrics.js';
import { ModelMetrics, type MeasuredModel } from '../telemetry/model-metrics.js';
import type { SessionHost } from './host.js';
import { maskedLogger } from './masked-logger.js';

export interface SessionTelemetryInit {
  readonly host: Pick<SessionHost, 'meter' | 'log' | 'clock'>;
  readonly mask: SecretMask;
  /** What each model did so far, by name. */
  readonly usage: () => ReadonlyMap<string, ModelUsage>;
}

/** What a session tells those who operate it: metrics where the host has a meter, and lines where it has a log. */
export class SessionTelemetry {
  /** Takes secrets out of every line. */
  readonly log: Logger;
  readonly #init: SessionTelemetryInit;
  readonly #metrics: { readonly models: ModelMetrics; readonly jobs: JobMetrics; readonly loader: LoaderMetrics } | undefined;

  constructor(init: SessionTelemetryInit) {
    const { host, mask, usage } = init;
    this.#init = init;
    this.log = maskedLogger(host.log ?? SILENT, text => mask.mask(text));
    this.#metrics = host.meter && {
      models: new ModelMetrics(host.meter, usage),
      jobs: new JobMetrics(host.meter, host.clock),
      loader: new LoaderMetrics(host.meter),
    };
  }

  /** Is told of model files. */
  get loadObserver(): LoadObserver {
    return this.#metrics?.loader ?? NO_LOAD_OBSERVER;
  }

  /** Watches the calls of a model that was opened. @param settings what it runs with, without secrets and prompts. */
  modelOpened(model: MeasuredModel, settings: LogFields): CallObserver {
    const { name, provider, version } = model;
    this.log.info('model opened', { model: name, provider, version, ...settings });
    return loggingFailures(this.#metrics?.models.observer(model) ?? NO_OBSERVER, { log: this.log, model: name });
  }

  /** Watches a job that has not been started. @returns what the job tells of itself. */
  jobObserver(name: string): JobObserver {
    const { log } = this;
    const measured = this.#metrics?.jobs.observer(name);
    return {
      restored(checkpoint) {
        log.info('job goes on from its last checkpoint', { job: name, checkpoint });
        measured?.restored(checkpoint);
      },
      checkpointTaken(taken) {
        const { id: checkpoint, durationMs, bytes } = taken;
        log.debug('checkpoint taken', { job: name, checkpoint, durationMs: Math.round(durationMs), bytes });
        measured?.checkpointTaken(taken);
      },
      checkpointFailed(checkpoint) {
        log.error('checkpoint failed', { job: name, checkpoint });
        measured?.checkpointFailed(checkpoint);
      },
    };
  }

  /** Follows a job from before its start to its end. Who started it is told of its failure; here it is one end of several. */
  follow(job: MeasuredJob): void {
    const { clock } = this.#init.host;
    const startedAt = clock.monotonic();
    this.log.info('job starts', { job: job.name });
    this.#metrics?.jobs.watch(job);
    const ended = (end: string, fields?: LogFields): void =>
      this.log.info(`job ${end}`, {
        job: job.name,
        seconds: Math.round(clock.monotonic() - startedAt) / 1_000,
        ...rowsOf(job.metrics()),
        ...fields,
      });
    job.settled.then(
      status => ended(status),
      (thrown: unknown) => {
        if (!MillraceError.is(thrown)) ended('failed');
        else if (thrown.code === 'INTERRUPTED') ended('cancelled');
        else ended('failed', { code: thrown.code, reason: thrown.message, ...placeOf(thrown) });
      },
    );
  }

  /** Ends the reading of metrics. */
  close(): void {
    this.#metrics?.models.close();
    this.#metrics?.jobs.close();
    this.#metrics?.loader.close();
  }
}

/** The observer, with a line for everything that fails: rows and prompts are not in it. */
function loggingFailures(observer: CallObserver, { log, model }: { readonly log: Logger; readonly model: string }): CallObserver {
  const fieldsOf = ({ code, message, context }: MillraceError, rows: number): LogFields => ({
    model,
    rows,
    code,
    status: context.httpStatus,
    reason: message,
  });
  return {
    ...observer,
    attemptEnded(attempt) {
      observer.attemptEnded(attempt);
      const { failure, rowCount, durationMs } = attempt;
      if (failure) log.debug('attempt failed', { ...fieldsOf(failure, rowCount), durationMs: Math.round(durationMs) });
    },
    callEnded(call) {
      observer.callEnded(call);
      if (call.failure) log.debug('rows failed', fieldsOf(call.failure, call.rowCount));
    },
  };
}

function placeOf({ context }: MillraceError): LogFields {
  const { model, table, operator } = context;
  return { model, table, operator };
}

/** Rows that sources read and sinks took. */
function rowsOf(operators: readonly OperatorMetrics[]): LogFields {
  const sum = (count: (operator: OperatorMetrics) => number): number => operators.reduce((total, each) => total + count(each), 0);
  return {
    rowsIn: sum(({ id, counters }) => (/^(source|values)-/.test(id) ? (counters.get('rows_in') ?? 0) : 0)),
    rowsOut: sum(({ id, flow }) => (id.startsWith('sink-') ? flow.rowsIn : 0)),
  };
}
