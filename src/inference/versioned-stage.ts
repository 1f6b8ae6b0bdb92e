import { toMillraceError } from '../common/error.js';
import type { Logger } from '../common/logger.js';
import type { Batch } from '../spec/batch.js';
import type { ModelPins } from '../spec/predictor.js';
import type { Model, ModelVersions } from '../spec/provider.js';
import { interrupted } from './interrupted.js';
import type { CallStage, OnSend, Settled } from './settled.js';

export interface VersionedStageInit {
  /** The version that was opened; stays the caller's, who may close what is closed already. */
  readonly model: Model;
  readonly versions: ModelVersions;
  /** The stages at one version. */
  readonly stageOf: (model: Model) => CallStage;
  /** The model's name. */
  readonly name: string;
  readonly log: Logger;
}

interface Version {
  readonly model: Model;
  readonly stage: CallStage;
  /** Submissions that have not settled. */
  unsettled: number;
  onDrained: (() => void) | undefined;
}

/**
 * A model whose versions follow each other while a job runs, each with stages of its own.
 *
 * A new version waits for a barrier: what was submitted before it is answered by the old version, and all that comes after by the
 * new one, so a checkpoint lies between two versions or within one. What comes while the old version still answers waits, so the
 * versions of answers change once, in whatever order they leave.
 */
export class VersionedStage implements CallStage {
  readonly #init: VersionedStageInit;
  readonly #unsubscribe: () => void;
  #current: Version;
  #old: Version | undefined;
  #next: Model | undefined;
  /** What is done when the gate opens, in order; absent while it is open. */
  #gated: (() => void)[] | undefined;
  /** Of a restored checkpoint, until all that it holds was submitted. */
  #restoring: { readonly pins: ModelPins; after: Model | undefined } | undefined;
  #isFlushed = false;
  #isPaused = false;
  #isClosed = false;

  constructor(init: VersionedStageInit) {
    this.#init = init;
    this.#current = this.#start(init.model);
    this.#unsubscribe = init.versions.subscribe(next => this.#offer(next));
  }

  submit(inputs: Batch, onSend?: OnSend): Promise<Settled> {
    if (this.#gated === undefined) {
      this.#isFlushed = false;
      return this.#send(inputs, onSend);
    }
    return new Promise((resolve, reject) => {
      this.#gated!.push(() => {
        this.#send(inputs, onSend).then(resolve, reject);
        if (this.#isFlushed) this.#current.stage.flush();
      });
    });
  }

  /** A swap that is under way when the next barrier comes is not followed by another one. */
  barrier(): void {
    this.#current.stage.barrier();
    this.#old?.stage.barrier();
    const next = this.#comesNext();
    if (next === undefined) return;
    this.#next = undefined;
    this.#swap(next);
  }

  flush(): void {
    this.#isFlushed = true;
    this.#current.stage.flush();
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
    await Promise.all([this.#current.stage.pause(), this.#old?.stage.pause()]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unsubscribe();
    await Promise.all([this.#current.stage.close(), this.#old?.stage.close()]);
    this.#openGate();
    for (const model of [this.#current.model, this.#old?.model, this.#next, this.#restoring?.after]) await this.#closeModel(model);
  }

  pins(): ModelPins | undefined {
    if (this.#restoring) return this.#restoring.pins;
    const before = this.#current.model.pin;
    if (before === undefined) return undefined;
    const next = this.#comesNext();
    return { before, after: next === undefined ? before : (next.pin ?? before) };
  }

  /** Called before the first submission. Rows wait until the versions of the checkpoint are open. */
  restore(pins: ModelPins): void {
    if (pins.before === this.#current.model.pin && pins.after === pins.before) return;
    this.#restoring = { pins, after: undefined };
    this.#gated = [];
    void this.#openPinned(pins).finally(() => this.#openGate());
  }

  restored(): void {
    const goOn = (): void => {
      const after = this.#restoring?.after;
      this.#restoring = undefined;
      if (after) this.#swap(after);
    };
    if (this.#gated === undefined) goOn();
    else this.#gated.push(goOn);
  }

  /** What takes over at a barrier that comes now. Behind a pause nothing runs any more. */
  #comesNext(): Model | undefined {
    return this.#gated === undefined && !this.#isPaused ? this.#next : undefined;
  }

  #start(model: Model): Version {
    return { model, stage: this.#init.stageOf(model), unsettled: 0, onDrained: undefined };
  }

  #send(inputs: Batch, onSend: OnSend | undefined): Promise<Settled> {
    if (this.#isClosed) return Promise.reject(interrupted(this.#init.name));
    const version = this.#current;
    version.unsettled++;
    const settled = version.stage.submit(inputs, onSend);
    const end = (): void => {
      version.unsettled--;
      if (version.unsettled === 0) version.onDrained?.();
    };
    settled.then(end, end);
    return settled;
  }

  #offer(next: Model): void {
    // The version before never ran.
    void this.#closeModel(this.#isClosed ? next : this.#next);
    if (!this.#isClosed) this.#next = next;
  }

  #swap(next: Model): void {
    const { name, log } = this.#init;
    const old = this.#current;
    log.info('a model goes over to a new version', { model: name, version: next.version, from: old.model.version });
    this.#old = old;
    this.#current = this.#start(next);
    this.#gated = [];
    const goOn = (): void => {
      void this.#end(old);
      this.#openGate();
    };
    old.onDrained = goOn;
    if (old.unsettled === 0) goOn();
    else old.stage.flush();
  }

  async #end(old: Version): Promise<void> {
    old.onDrained = undefined;
    await old.stage.close();
    if (this.#old === old) this.#old = undefined;
    await this.#closeModel(old.model);
  }

  #openGate(): void {
    const waiting = this.#gated;
    if (waiting === undefined || (this.#isPaused && !this.#isClosed)) return;
    this.#gated = undefined;
    for (const [at, action] of waiting.entries()) {
      action();
      // A swap closes it again, for those behind it.
      if (this.#gated !== undefined) {
        (this.#gated as (() => void)[]).push(...waiting.slice(at + 1));
        return;
      }
    }
  }

  /** The newest version, which was opened before anybody knew of the checkpoint, comes after those of the checkpoint. */
  async #openPinned(pins: ModelPins): Promise<void> {
    const newest = this.#current;
    const before = await this.#open(pins.before, newest.model);
    const after = pins.after === pins.before ? undefined : await this.#open(pins.after, newest.model);
    if (this.#isClosed) {
      for (const model of [before, after]) if (model !== newest.model) await this.#closeModel(model);
      return;
    }
    if (this.#restoring && after !== before) this.#restoring.after = after;
    if (before === newest.model) return;
    this.#current = this.#start(before);
    if (after !== newest.model) this.#next ??= newest.model;
    await newest.stage.close();
  }

  /** Where no copy is left, the newest version answers: rows are never held up by what nobody can bring back. */
  async #open(pin: string, newest: Model): Promise<Model> {
    if (pin === newest.pin) return newest;
    const { versions, name, log } = this.#init;
    try {
      const found = await versions.open(pin);
      if (found) return found;
      log.warn('the version of the checkpoint is not kept any more; the newest one answers', {
        model: name,
        content: pin,
        version: newest.version,
      });
    } catch (thrown) {
      const { message } = toMillraceError(thrown);
      log.warn('the version of the checkpoint cannot be opened; the newest one answers', { model: name, content: pin, reason: message });
    }
    return newest;
  }

  async #closeModel(model: Model | undefined): Promise<void> {
    try {
      await model?.close?.();
    } catch (thrown) {
      const { message } = toMillraceError(thrown);
      this.#init.log.warn('a version of a model was not closed', { model: this.#init.name, reason: message });
    }
  }
}
