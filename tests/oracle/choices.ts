/**
 * The decisions of a generator. They are recorded as whole numbers, so what was generated can be generated again, and
 * becomes simpler when numbers are made smaller or left out: 0 must always mean the simplest choice.
 */
export class Choices {
  readonly taken: number[] = [];
  readonly #next: (bound: number) => number;

  private constructor(next: (bound: number) => number) {
    this.#next = next;
  }

  /** @param random uniform in [0, 1). */
  static random(random: () => number): Choices {
    return new Choices(bound => Math.floor(random() * bound));
  }

  /** The same decisions again; 0 when they are used up. */
  static replay(taken: readonly number[]): Choices {
    let at = 0;
    return new Choices(bound => Math.min(taken[at++] ?? 0, bound - 1));
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    const choice = this.#next(bound);
    this.taken.push(choice);
    return choice;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** True in so many of 100 cases. */
  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }
}

/**
 * Simpler decisions for which `fails` still holds, as simple as at most `attempts` attempts find.
 *
 * @param taken decisions for which it holds.
 */
export async function shrink(
  taken: readonly number[],
  fails: (taken: readonly number[]) => Promise<boolean>,
  attempts = 600,
): Promise<readonly number[]> {
  let best = taken;
  let left = attempts;
  const attempt = async (candidate: readonly number[]): Promise<boolean> => {
    if (left <= 0) return false;
    left--;
    const isBetter = await fails(candidate);
    if (isBetter) best = candidate;
    return isBetter;
  };
  for (let before: readonly number[] | undefined; before !== best && left > 0;) {
    before = best;
    for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2))
      for (let from = 0; from < best.length;) if (!(await attempt([...best.slice(0, from), ...best.slice(from + size)]))) from += size;
    for (let at = 0; at < best.length; at++) {
      if (best[at] === 0 || (await attempt(best.with(at, 0)))) continue;
      await attempt(best.with(at, Math.floor(best[at]! / 2)));
    }
  }
  return best;
}
