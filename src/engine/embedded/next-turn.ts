/**
 * Resolves after one turn of the event loop.
 *
 * A loop that only ever waits for what is ready keeps answers, timers and signals waiting: promises alone never let the
 * event loop turn.
 */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
