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
 * A session grows and merges with its neighbours as rows come; two that touch are one, as in Flink. It is looked at when the
 * clock calls back for the part of time in which it was to fire, and again if it has grown since: most rows cost no timer, and
 * many sessions share one.
 */
export class OpenSessions<Content> {
  readonly #gap: number;
  readonly #content: SessionContent<Content>;
  readonly #clock: WindowClock;
  /** The sessions of a partition; no two touch. */
  readonly #partitions = new KeyedState<Session<Content>[]>();
  /** Timers are as far apart as this, unless less than it is left. */
  readonly #grain: number;
  /** Sessions to look at when the clock calls back. */
  readonly #registered = new Map<number, Session<Content>[]>();
  #due: Session<Content>[] = [];
  #nextNumber = 0;

  constructor(init: { readonly gap: number; readonly content: SessionContent<Content>; readonly clock: WindowClock }) {
    this.#gap = init.gap;
    this.#grain = Math.max(1, Math.floor(init.gap / 16));
    this.#content = init.content;
    this.#clock = init.clock;
  }

  /** The session that takes a row at `time`; `undefined` where the row is late: alone, its session would have fired. */
  sessionOf(key: readonly Value[], time: number): Session<Content> | undefined {
    const end = time + this.#gap;
    const open = this.#partitions.getOrCreate(key, noSessions<Content>);
    let session: Session<Content> | undefined;
    let others: Session<Content>[] | undefined;
    for (const each of open) {
      if (each.start > end || time > each.end) continue;
      if (session === undefined) session = each;
      else (others ??= []).push(each);
    }
    if (session === undefined) return this.#begin(key, open, time, end);
    if (time < session.start) session.start = time;
    if (end > session.end) session.end = end;
    return others === undefined ? session : this.#merge(open, [session, ...others]);
  }

  /** For the clock's callback: sessions that are due are open no more, and wait for `takeDue`. */
  fire(time: number): void {
    const candidates = this.#registered.get(time) ?? [];
    this.#registered.delete(time);
    for (const session of candidates) {
      if (session.isMerged) continue;
      const fireTime = this.#clock.fireTimeOf(session.end);
      if (this.#clock.isDue(fireTime)) {
        this.#remove(session);
        this.#due.push(session);
      } else this.#register(session, fireTime, fireTime - time < this.#grain ? fireTime : this.#grainOf(fireTime));
    }
  }

  /** The sessions that have fired since the last call, in the order of their ends, then of their first rows. */
  takeDue(): Session<Content>[] {
    const due = this.#due;
    this.#due = [];
    return due.toSorted((a, b) => a.end - b.end || a.number - b.number);
  }

  snapshot(): SessionsSnapshot<Content> {
    const sessions = [...this.#partitions.entries()].flatMap(([, open]) => open);
    return structuredClone({ nextNumber: this.#nextNumber, sessions: sessions.toSorted((a, b) => a.number - b.number) });
  }

  /** Takes what `snapshot` gave; owns it from now on. */
  restore({ nextNumber, sessions }: SessionsSnapshot<Content>): void {
    this.#nextNumber = nextNumber;
    for (const session of sessions) {
      this.#partitions.getOrCreate(session.key, noSessions<Content>).push(session);
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

  #grainOf(fireTime: number): number {
    return Math.floor(fireTime / this.#grain) * this.#grain;
  }

  #register(session: Session<Content>, fireTime: number, time = this.#grainOf(fireTime)): void {
    const registered = this.#registered.get(time);
    if (registered) {
      registered.push(session);
      return;
    }
    this.#registered.set(time, [session]);
    this.#clock.register(time);
  }

  #remove(session: Session<Content>): void {
    const open = this.#partitions.get(session.key)!;
    if (open.length === 1) this.#partitions.delete(session.key);
    else open.splice(open.indexOf(session), 1);
  }
}

function noSessions<Content>(): Session<Content>[] {
  return [];
}
