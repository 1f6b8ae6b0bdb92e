import type { Batch } from '../../../spec/batch.js';
import type { Prediction } from '../../../spec/predictor.js';
import type { End, Watermark } from '../element.js';

/** Rows between submission and emission. */
export interface PendingRows {
  readonly rows: Batch;
  readonly sent: Int32Array | undefined;
  prediction: Prediction | undefined;
  settled: boolean;
}

/** Rows whose answer has come, and that wait for other rows to leave before them. */
export interface AnsweredRows {
  readonly kind: 'answered';
  readonly rows: Batch;
  readonly sent: Int32Array | undefined;
  readonly prediction: Prediction;
}

/** The entries between two watermarks. */
interface Segment {
  /** In input order. */
  readonly entries: Set<PendingRows>;
  /** Settled entries in the order in which they settled; used where order does not matter. */
  readonly ready: PendingRows[];
  /** What follows the entries; absent for the segment that still grows. */
  closing: Watermark | End | undefined;
}

/** Pending rows and the watermarks between them, and which of them may leave next. */
export class PendingQueue {
  readonly #isOrdered: boolean;
  readonly #segments: Segment[] = [newSegment()];
  readonly #segmentOf = new Map<PendingRows, Segment>();
  #rowCount = 0;

  constructor(isOrdered: boolean) {
    this.#isOrdered = isOrdered;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  add(entry: PendingRows): PendingRows {
    const segment = this.#segments.at(-1)!;
    segment.entries.add(entry);
    this.#segmentOf.set(entry, segment);
    this.#rowCount += entry.rows.rowCount;
    if (entry.settled && !this.#isOrdered) segment.ready.push(entry);
    return entry;
  }

  /** Ends the segment that grows. */
  close(element: Watermark | End): void {
    this.#segments.at(-1)!.closing = element;
    this.#segments.push(newSegment());
  }

  settle(entry: PendingRows): void {
    entry.settled = true;
    if (!this.#isOrdered) this.#segmentOf.get(entry)!.ready.push(entry);
  }

  /** Takes out what may leave next: entries of together about `maxRows` rows, or a watermark or end; `undefined` for nothing. */
  take(maxRows: number): PendingRows[] | Watermark | End | undefined {
    const head = this.#segments[0]!;
    const taken = this.#isOrdered ? takeInOrder(head, maxRows) : takeReady(head, maxRows);
    if (taken.length > 0) {
      for (const entry of taken) {
        head.entries.delete(entry);
        this.#segmentOf.delete(entry);
        this.#rowCount -= entry.rows.rowCount;
      }
      return taken;
    }
    if (head.entries.size > 0 || head.closing === undefined) return undefined;
    this.#segments.shift();
    return head.closing;
  }

  /**
   * The rows, with their answers where they have come, and the watermarks that have not left, in input order. The end is
   * left out: after a restore the sources say it again.
   */
  *elements(): IterableIterator<Batch | AnsweredRows | Watermark> {
    for (const segment of this.#segments) {
      for (const { rows, sent, prediction } of segment.entries) yield prediction ? { kind: 'answered', rows, sent, prediction } : rows;
      if (segment.closing?.kind === 'watermark') yield segment.closing;
    }
  }
}

function newSegment(): Segment {
  return { entries: new Set(), ready: [], closing: undefined };
}

function takeInOrder({ entries }: Segment, maxRows: number): PendingRows[] {
  const taken: PendingRows[] = [];
  let rows = 0;
  for (const entry of entries) {
    if (!entry.settled || rows >= maxRows) break;
    taken.push(entry);
    rows += entry.rows.rowCount;
  }
  return taken;
}

function takeReady({ ready }: Segment, maxRows: number): PendingRows[] {
  let rows = 0;
  let count = 0;
  while (count < ready.length && rows < maxRows) rows += ready[count++]!.rows.rowCount;
  return ready.splice(0, count);
}
