import { deferred } from '../../common/deferred.js';
import { MillraceError, MillraceErrors, toMillraceError } from '../../common/error.js';
import { execNodes, type ExecNode, type SinkExec } from '../../planner/physical/exec-node.js';
import type { Backlog, Sink } from '../../spec/connector.js';
import type { Checkpoint } from './checkpoint/checkpoint-store.js';
import { CheckpointCoordinator } from './checkpoint/coordinator.js';
import type { JobEnvironment } from './environment.js';
import { buildGraph, closeGraph, type JobGraph } from './graph.js';
import type { GraphNode, GraphSource } from './graph-node.js';
import { deadLetterSink, deadLetterSinkId } from './open-dead-letters.js';
import { joinCredits } from './operator.js';
import type { OperatorFlow } from './operator-flow.js';
import { placeOf } from './place-of.js';

/**
 * created → running → finished, stopped or failed.
 *
 * `finished`: all rows were written. `stopped`: `stop` was called; with a durable store the job can be started again and
 * goes on where it was.
 */
export type JobStatus = 'created' | 'running' | 'stopping' | 'finished' | 'stopped' | 'failed';

/** Counters of one operator. */
export interface OperatorMetrics {
  readonly id: string;
  readonly name: string;
  /** Of a source or sink. */
  readonly table?: string | undefined;
  /** Of an operator that calls one. */
  readonly model?: string | undefined;
  readonly counters: ReadonlyMap<string, number>;
  readonly flow: OperatorFlow;
  /** What a source has not read, where it can know. Does not reject. */
  readonly backlog?: (() => Promise<Backlog | undefined>) | undefined;
}

/** One running INSERT, SELECT or statement set on the embedded engine. */
export class EmbeddedJob {
  readonly name: string;
  readonly #plan: readonly SinkExec[];
  readonly #environment: JobEnvironment;
  #status: JobStatus = 'created';
  #starting: Promise<void> | undefined;
  #isOpening = false;
  /** Whether the end has been decided; `status` tells when everything is closed. */
  #isOver = false;
  #failure: MillraceError | MillraceErrors | undefined;
  #graph: JobGraph | undefined;
  #coordinator: CheckpointCoordinator | undefined;
  #cancelInterval: (() => void) | undefined;
  #runs: Promise<void>[] = [];
  readonly #openSinks: Set<SinkExec>;
  readonly #settled = deferred<JobStatus>();

  constructor(name: string, plan: readonly SinkExec[], environment: JobEnvironment) {
    this.name = name;
    this.#plan = plan;
    this.#environment = environment;
    this.#openSinks = new Set(plan);
    // A failure is always reported through `settled`; who only starts the job need not listen.
    this.#settled.promise.catch(() => {});
  }

  get status(): JobStatus {
    return this.#status;
  }

  /** Resolves with `finished` or `stopped`; rejects with the `MillraceError` or `MillraceErrors` that made the job fail. */
  get settled(): Promise<JobStatus> {
    return this.#settled.promise;
  }

  /** Whether all sources end by themselves; known once started. */
  get isBounded(): boolean {
    return this.#graph?.sources.every(({ source }) => source.boundedness === 'bounded') ?? true;
  }

  metrics(): OperatorMetrics[] {
    return (this.#graph?.nodes ?? []).map(metricsOf);
  }

  /**
   * Opens everything and lets rows flow; resolves when they do.
   *
   * @throws {MillraceError} when a table or model cannot be opened; the job has then failed.
   */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * Sources stop, and the rows in flight are finished. Where the store is durable, only the model calls under way are: the
   * rows that wait are kept for the next start. Resolves when the job has settled.
   */
  async stop(): Promise<void> {
    if (this.#starting === undefined) return;
    await this.#starting.catch(() => {});
    if (this.#status === 'running' && !this.#isOver) {
      this.#status = 'stopping';
      await this.#windDown().catch(thrown => this.#fail(thrown));
    }
    await this.#settled.promise.catch(() => {});
  }

  /** Ends the job as a crash would: nothing is finished, written or kept. Resolves when everything is closed. */
  async cancel(): Promise<void> {
    this.#fail(new MillraceError({ code: 'INTERRUPTED', message: 'the job was cancelled' }));
    await this.#settled.promise.catch(() => {});
  }

  /** Takes a checkpoint now; resolves when it is durable and committed. One that fails is the end of the job. */
  async checkpoint(): Promise<void> {
    if (this.#status !== 'running' || this.#isOver) return;
    try {
      await this.#coordinator!.take('running');
    } catch (thrown) {
      this.#fail(thrown);
      throw thrown;
    }
  }

  async #start(): Promise<void> {
    this.#isOpening = true;
    try {
      await this.#open();
      this.#checkOpening();
      this.#isOpening = false;
      if (!this.#isOver) this.#run();
    } catch (thrown) {
      this.#isOpening = false;
      this.#fail(thrown);
      await this.#settled.promise;
    }
  }

  async #open(): Promise<void> {
    this.#checkOpening();
    const { store, clock, observer } = this.#environment;
    const last = await store.load();
    if (last) observer?.restored(last.id);
    if (last?.finished) {
      await this.#recover(last);
      await this.#settle('finished');
      return;
    }
    const graph = await this.#build();
    this.#graph = graph;
    await this.#clearSinks(graph, last);
    this.#coordinator = new CheckpointCoordinator({
      store,
      operators: graph.nodes.map(({ exec }) => exec.id),
      trigger: checkpoint => graph.sources.forEach(({ reader }) => reader.trigger(checkpoint)),
      commit: checkpoint => this.#commit(graph, checkpoint),
      lastId: last?.id ?? 0,
      clock,
      observer,
    });
    // Sinks first: an operator that restores rows may send them on at once.
    for (const node of graph.nodes.toReversed()) {
      this.#checkOpening();
      await (node.kind === 'source' ? node.reader : node.operator).open(last?.states.get(node.exec.id));
    }
  }

  /** What restored rows led to while the others were still being opened. */
  #checkOpening(): void {
    if (this.#failure) throw this.#failure;
  }

  #build(): Promise<JobGraph> {
    return buildGraph(this.#plan, this.#environment, {
      snapshot: (operator, checkpoint, state) => this.#coordinator?.report(operator, checkpoint, state),
      fail: thrown => this.#fail(thrown),
      sinkEnded: sink => this.#sinkEnded(sink),
    });
  }

  #run(): void {
    this.#status = 'running';
    this.#runs = this.#graph!.sources.map(source => this.#read(source));
    this.#scheduleCheckpoint();
    this.#finishIfEnded();
  }

  async #read({ exec, reader }: GraphSource): Promise<void> {
    try {
      await reader.run();
    } catch (thrown) {
      this.#fail(toMillraceError(thrown).within(placeOf(exec)));
    }
  }

  #scheduleCheckpoint(): void {
    const { clock, settings } = this.#environment;
    this.#cancelInterval = clock.setTimer(settings.checkpointIntervalMs, () => {
      void this.checkpoint().then(
        () => this.#status === 'running' && !this.#isOver && this.#scheduleCheckpoint(),
        () => {},
      );
    });
  }

  async #windDown(): Promise<void> {
    const { sources, nodes } = this.#graph!;
    for (const { reader } of sources) reader.stop();
    if (!this.#environment.store.isDurable) {
      await Promise.all(this.#runs);
      await Promise.all(sources.map(({ reader }) => reader.finish()));
      return;
    }
    const pauses = nodes.map(node => (node.kind === 'source' ? undefined : node.operator.pause?.()));
    await Promise.all([...this.#runs, ...pauses]);
    // A job whose last row was written meanwhile has finished, and settles by itself.
    if (this.#openSinks.size > 0) await this.#coordinator!.take('running');
    if (this.#openSinks.size > 0) await this.#settle('stopped');
  }

  #sinkEnded(sink: SinkExec): void {
    this.#openSinks.delete(sink);
    for (const { reader, reaches } of this.#graph!.sources) {
      if (![...reaches].some(each => this.#openSinks.has(each as SinkExec))) reader.stop();
    }
    if (!this.#isOpening) this.#finishIfEnded();
  }

  #finishIfEnded(): void {
    if (this.#openSinks.size > 0 || this.#isOver) return;
    this.#finish().catch(thrown => this.#fail(thrown));
  }

  async #finish(): Promise<void> {
    const isStopped = this.#status === 'stopping' && !this.#environment.store.isDurable;
    await joinCredits(
      this.#graph!.nodes.map(node => (node.kind === 'operator' ? node.deadLetters?.operator.push({ kind: 'end' }, 0) : undefined)),
    );
    if (this.#isOver) return;
    await this.#coordinator!.take(isStopped ? 'running' : 'finished');
    await Promise.all(this.#runs);
    if (!this.#isOver) await this.#settle(isStopped ? 'stopped' : 'finished');
  }

  async #settle(status: 'finished' | 'stopped'): Promise<void> {
    this.#isOver = true;
    await this.#close();
    this.#status = status;
    this.#settled.resolve(status);
  }

  /** The end by `thrown`, unless the job is over. While it opens, `start` notices. */
  #fail(thrown: unknown): void {
    if (this.#isOver) return;
    this.#failure ??= thrown instanceof MillraceErrors ? thrown : toMillraceError(thrown);
    if (this.#isOpening) return;
    this.#isOver = true;
    this.#status = 'failed';
    const failure = this.#failure;
    void this.#close().then(() => this.#settled.reject(failure));
  }

  /** Closes everything; what fails while closing is not reported, since the job is over. */
  async #close(): Promise<void> {
    this.#cancelInterval?.();
    const isIdle = this.#coordinator?.abort();
    if (this.#graph) {
      for (const { reader } of this.#graph.sources) reader.stop();
      await closeGraph(this.#graph, this.#runs);
    }
    await isIdle;
    await this.#environment.store.close().catch(() => {});
  }

  /** Makes visible what the last checkpoint promised, and then removes what earlier attempts left behind. */
  async #clearSinks({ sinks }: JobGraph, last: Checkpoint | undefined): Promise<void> {
    const promised = sinks.map(({ exec, sink }) => {
      const committable = last?.states.get(exec.id);
      return { exec, sink, committables: committable === undefined ? [] : [committable] };
    });
    // All commits come first: two sinks may write to one place, and what one of them owes is a leftover to the other.
    for (const { exec, sink, committables } of promised) if (committables.length > 0) await atSink(exec, () => sink.commit?.(committables));
    for (const { exec, sink, committables } of promised) await atSink(exec, () => sink.recover?.(committables));
  }

  async #commit({ sinks }: JobGraph, checkpoint: Checkpoint): Promise<void> {
    for (const { exec, sink } of sinks) {
      const committable = checkpoint.states.get(exec.id);
      if (committable !== undefined) await atSink(exec, () => sink.commit?.([committable]));
    }
    if (checkpoint.finished) for (const { exec, sink } of sinks) await finishSink(exec, sink, checkpoint);
  }

  /** A finished job that was killed before its last commit still owes it. */
  async #recover(last: Checkpoint): Promise<void> {
    for (const exec of execNodes(this.#plan)) {
      const opened = await this.#openOwed(exec, last);
      if (!opened) continue;
      await atSink(opened.exec, () => opened.sink.commit?.([last.states.get(opened.exec.id)]));
      await finishSink(opened.exec, opened.sink, last);
    }
  }

  /** The sink of a node, or of its dead letters, to which a checkpoint owes a commit. */
  async #openOwed(exec: ExecNode, { states }: Checkpoint): Promise<{ readonly exec: SinkExec; readonly sink: Sink } | undefined> {
    if (exec.kind === 'SinkExec') return states.has(exec.id) ? { exec, sink: await this.#environment.openSink(exec) } : undefined;
    if (exec.kind !== 'PredictExec' || !states.has(deadLetterSinkId(exec))) return undefined;
    const target = await this.#environment.openDeadLetters(exec);
    return target && { exec: deadLetterSink(exec, target), sink: target.sink };
  }
}

function metricsOf(node: GraphNode): OperatorMetrics {
  const { operator: name, ...place } = placeOf(node.exec);
  return {
    id: node.exec.id,
    name,
    ...place,
    counters: node.metrics,
    flow: node.flow,
    // A job does not end by a look at its metrics.
    ...(node.kind === 'source' && { backlog: () => node.reader.backlog().catch(() => undefined) }),
  };
}

/** Tells a sink that all rows are committed. */
async function finishSink(exec: ExecNode, sink: Sink, { states }: Checkpoint): Promise<void> {
  const committable = states.get(exec.id);
  await atSink(exec, () => sink.finish?.(committable === undefined ? [] : [committable]));
}

/** Commits happen outside of the operators; their errors name the table all the same. */
async function atSink(exec: ExecNode, action: () => Promise<void> | undefined): Promise<void> {
  try {
    await action();
  } catch (thrown) {
    throw toMillraceError(thrown).within(placeOf(exec));
  }
}
