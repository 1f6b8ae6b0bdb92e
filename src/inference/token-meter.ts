import type { Batch } from '../spec/batch.js';
import type { Amounts } from '../spec/limit-store.js';
import type { TokenEstimate, Usage } from '../spec/provider.js';
import type { RowRange } from './batcher.js';

type Rows = readonly RowRange<{ readonly inputs: Batch }>[];

/** What a call takes of every limit that a service can have. */
export type Need = Required<Amounts>;

/** For calls whose tokens nobody counts. */
export const ONE_REQUEST: Need = { requests: 1, tokens: 0, 'input-tokens': 0, 'output-tokens': 0 };

/** How fast the meter learns from one call: about as far back as 20 calls. */
const WEIGHT = 0.05;
/** An estimate is never corrected by more than this factor, whatever one odd call reports. */
const MAX_RATIO = 4;

/** Tells before a call how many tokens it will take: the model's estimate, corrected by what earlier calls took. */
export class TokenMeter {
  readonly #estimate: TokenEstimate | undefined;
  /** Input tokens that were reported, for each that was estimated. */
  #ratio = 1;
  /** Share of the input that the service read from its prompt cache. */
  #cachedShare = 0;
  /** Output tokens of a row, where the service does not set them aside. */
  #outputOfRow = 0;
  #isFirst = true;

  constructor(estimate: TokenEstimate | undefined) {
    this.#estimate = estimate;
  }

  /** Input tokens of a row, uncorrected; 0 where the model does not count. */
  weightOf(inputs: Batch, row: number): number {
    return this.#estimate?.ofRow(inputs, row) ?? 0;
  }

  needOf(ranges: Rows): Need {
    if (this.#estimate === undefined) return ONE_REQUEST;
    const { ofCall, outputOfRow } = this.#estimate;
    let estimated = ofCall;
    let rows = 0;
    for (const { submission, from, to } of ranges) {
      rows += to - from;
      for (let row = from; row < to; row++) estimated += this.#estimate.ofRow(submission.inputs, row);
    }
    const input = Math.ceil(estimated * this.#ratio);
    const output = Math.ceil(rows * (outputOfRow > 0 ? outputOfRow : this.#outputOfRow));
    return { requests: 1, tokens: input + output, 'input-tokens': Math.ceil(input * (1 - this.#cachedShare)), 'output-tokens': output };
  }

  /** Learns from a call, and tells what it took beyond its need; less than 0 for what is to be put back. */
  correct(need: Need, rowCount: number, usage: Usage): Amounts {
    const outputIsReserved = (this.#estimate?.outputOfRow ?? 0) > 0;
    const input = usage.inputTokens - inputOf(need);
    const uncached = usage.inputTokens - (usage.cachedInputTokens ?? 0) - need['input-tokens'];
    // A service that sets output aside does not give back what was not used.
    const output = outputIsReserved ? 0 : usage.outputTokens - need['output-tokens'];
    this.#learn(need, rowCount, usage);
    return { tokens: input + output, 'input-tokens': uncached, 'output-tokens': output };
  }

  #learn(need: Need, rowCount: number, { inputTokens, outputTokens, cachedInputTokens = 0 }: Usage): void {
    const weight = this.#isFirst ? 1 : WEIGHT;
    this.#isFirst = false;
    this.#outputOfRow += (outputTokens / Math.max(1, rowCount) - this.#outputOfRow) * weight;
    if (inputTokens > 0) this.#cachedShare += (cachedInputTokens / inputTokens - this.#cachedShare) * weight;
    const estimated = inputOf(need) / this.#ratio;
    if (estimated <= 0 || inputTokens <= 0) return;
    const ratio = Math.min(MAX_RATIO, Math.max(1 / MAX_RATIO, inputTokens / estimated));
    this.#ratio += (ratio - this.#ratio) * weight;
  }
}

/** All input tokens of a need: a limit of input tokens does not count those that come from the prompt cache. */
function inputOf(need: Need): number {
  return need.tokens - need['output-tokens'];
}
