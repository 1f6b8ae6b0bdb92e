/**
 * Event-time timers of an operator: a set of times, each of which fires once when the watermark reaches it.
 *
 * Registering a time twice is registering it once. Times are microseconds.
 */
export class EventTimers {
  /** A binary heap, the earliest time first. */
  readonly #heap: number[] = [];
  readonly #registered = new Set<number>();

  /** The earliest time. */
  get next(): number | undefined {
    return this.#heap[0];
  }

  register(time: number): void {
    if (this.#registered.has(time)) return;
    this.#registered.add(time);
    this.#heap.push(time);
    this.#siftUp(this.#heap.length - 1);
  }

  /** Takes out and calls `fire` for each time that is not after the watermark, earliest first. */
  advance(watermark: number, fire: (time: number) => void): void {
    while (this.#heap.length > 0 && this.#heap[0]! <= watermark) {
      const time = this.#heap[0]!;
      const last = this.#heap.pop()!;
      if (this.#heap.length > 0) {
        this.#heap[0] = last;
        this.#siftDown(0);
      }
      this.#registered.delete(time);
      fire(time);
    }
  }

  snapshot(): readonly number[] {
    return [...this.#registered];
  }

  restore(times: readonly number[]): void {
    for (const time of times) this.register(time);
  }

  #siftUp(from: number): void {
    let child = from;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (this.#heap[parent]! <= this.#heap[child]!) return;
      this.#swap(parent, child);
      child = parent;
    }
  }

  #siftDown(from: number): void {
    let parent = from;
    for (;;) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < this.#heap.length && this.#heap[child]! < this.#heap[least]!) least = child;
      }
      if (least === parent) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b]!, this.#heap[a]!];
  }
}
