import type { Value } from '../../../spec/batch.js';
import { KeyedState } from '../state/keyed-state.js';
import type { WindowClock } from './window-clock.js';

/** A window of rows that are no further apart than the gap, with what its operator keeps for it. Times as in `WindowClock`. */
export interface Session<Content> {
  /** The time of its first row. */
  start: number;
  /** One gap after its last row. */
  end: number;
  /** The partition's values. */
  readonly key: readonly Value[];
  /** Sessions that fire together leave in the order of their numbers: that of their first rows. */
  readonly number: number;
  /** Whether another session has taken it in. */
  isMerged: boolean;
  content: Content;
}

export interface SessionContent<Content> {
  create(): Content;
  /** Takes `other`, whose session is over, into `content`. */
  merge(content: Content, other: Content): void;
}

interface SessionsSnapshot<Content> {
  readonly nextNumber: number;
  readonly sessions: readonly Session<Content>[];
}

/**
 * The sessions that have not fired, by partition.
 *
 * A session grows and merges with its neighbours as rows come; two that touch are one, as in Flink. It is registered with
 * the clock when it begins, and again when the clock calls back and it has grown since: most rows cost no timer.
 */
export class OpenSessions<Content> {
  readonly #gap: number;
  readonly #content: SessionContent<Content>;
  readonly #clock: WindowClock;
  /** The sessions of a partition; no two touch. */
  readonly #partitions = new KeyedState<Session<Content>[]>();
  /** Sessions to look at when the clock calls back. */
  readonly #registered = new Map<number, Session<Content>[]>();
  #nextNumber = 0;

  constructor(init: { readonly gap: number; readonly content: SessionContent<Content>; readonly clock: WindowClock }) {
    this.#gap = init.gap;
    this.#content = init.content;
    this.#clock = init.clock;
  }

  /** The session that takes a row at `time`; `undefined` where the row is late: alone, its session would have fired. */
  sessionOf(key: readonly Value[], time: number): Session<Content> | undefined {
    const end = time + this.#gap;
    const open = this.#partitions.getOrCreate(key, () => []);
    const touching = open.length === 0 ? open : open.filter(each => each.start <= end && time <= each.end);
    const [session, ...others] = touching;
    if (session === undefined) return this.#begin(key, open, time, end);
    session.start = Math.min(session.start, time);
    session.end = Math.max(session.end, end);
    return others.length === 0 ? session : this.#merge(open, touching);
  }

  /** The sessions that fire at `fireTime`, in their order; they are open no more. */
  take(fireTime: number): Session<Content>[] {
    const candidates = this.#registered.get(fireTime) ?? [];
    this.#registered.delete(fireTime);
    const due: Session<Content>[] = [];
    for (const session of candidates) {
      if (session.isMerged) continue;
      const at = this.#clock.fireTimeOf(session.end);
      if (at > fireTime) this.#register(session, at);
      else due.push(session);
    }
    for (const session of due) this.#remove(session);
    return due.length > 1 ? due.toSorted((a, b) => a.number - b.number) : due;
  }

  /** How many sessions are open. */
  get size(): number {
    let size = 0;
    for (const [, open] of this.#partitions.entries()) size += open.length;
    return size;
  }

  snapshot(): SessionsSnapshot<Content> {
    const sessions = [...this.#partitions.entries()].flatMap(([, open]) => open);
    return structuredClone({ nextNumber: this.#nextNumber, sessions: sessions.toSorted((a, b) => a.number - b.number) });
  }

  /** Takes what `snapshot` gave; owns it from now on. */
  restore({ nextNumber, sessions }: SessionsSnapshot<Content>): void {
    this.#nextNumber = nextNumber;
    for (const session of sessions) {
      this.#partitions.getOrCreate(session.key, () => []).push(session);
      this.#register(session, this.#clock.fireTimeOf(session.end));
    }
  }

  #begin(key: readonly Value[], open: Session<Content>[], start: number, end: number): Session<Content> | undefined {
    const fireTime = this.#clock.fireTimeOf(end);
    if (this.#clock.isLate(fireTime)) {
      if (open.length === 0) this.#partitions.delete(key);
      return undefined;
    }
    const session = { start, end, key, number: this.#nextNumber++, isMerged: false, content: this.#content.create() };
    open.push(session);
    this.#register(session, fireTime);
    return session;
  }

  /** Makes one session of several: the one that began first takes the others in. */
  #merge(open: Session<Content>[], touching: readonly Session<Content>[]): Session<Content> {
    const [first, ...others] = touching.toSorted((a, b) => a.number - b.number) as [Session<Content>, ...Session<Content>[]];
    for (const other of others) {
      first.start = Math.min(first.start, other.start);
      first.end = Math.max(first.end, other.end);
      this.#content.merge(first.content, other.content);
      open.splice(open.indexOf(other), 1);
      other.isMerged = true;
    }
    return first;
  }

  #register(session: Session<Content>, fireTime: number): void {
    const registered = this.#registered.get(fireTime);
    if (registered) {
      registered.push(session);
      return;
    }
    this.#registered.set(fireTime, [session]);
    this.#clock.register(fireTime);
  }

  #remove(session: Session<Content>): void {
    const open = this.#partitions.get(session.key)!;
    if (open.length === 1) this.#partitions.delete(session.key);
    else open.splice(open.indexOf(session), 1);
  }
}
