interface Flight<Result> {
  readonly result: Promise<Result>;
  readonly ending: AbortController;
  waiters: number;
}

/** Work that several ask for at the same time and that is done once. */
export class SingleFlight<Result> {
  readonly #flights = new Map<string, Flight<Result>>();

  /**
   * The result of work that is under way, or of `work`, which is started then. Who waits may leave by the signal; the work ends when
   * the last one has left.
   */
  async run(key: string, work: (signal: AbortSignal) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.waiters++;
    try {
      return await (signal === undefined ? flight.result : abortable(flight.result, signal));
    } finally {
      flight.waiters--;
      if (flight.waiters === 0 && this.#flights.get(key) === flight) {
        this.#flights.delete(key);
        flight.ending.abort(signal?.reason);
      }
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<Result>): Flight<Result> {
    const ending = new AbortController();
    const flight: Flight<Result> = { result: work(ending.signal), ending, waiters: 0 };
    this.#flights.set(key, flight);
    const end = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.result.then(end, end);
    return flight;
  }
}

/** The promise, or a rejection with the signal's reason when it aborts first. */
async function abortable<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let leave = (): void => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([promise, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
