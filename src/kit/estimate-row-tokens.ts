import type { Batch } from '../spec/batch.js';
import type { TokenEstimate } from '../spec/provider.js';
import { estimateTokens } from './estimate-tokens.js';
import type { Prompt } from './prompt.js';

/** Tokens that services add round a message, and a prompt of many rows round each of them. */
const FRAME = 8;

export interface RowTokensInit {
  /** The message text of a row. */
  readonly prompt: Prompt;
  /** What every call carries besides its rows: the system prompt, schemas. */
  readonly staticText: string;
  /** As `TokenEstimate.outputOfRow`; 0 when absent. */
  readonly outputOfRow?: number | undefined;
  /** As `TokenEstimate.maxOfCall`. */
  readonly maxOfCall?: number | undefined;
}

/** `Model.tokens` of a model that is sent the text of its rows. */
export function estimateRowTokens({ prompt, staticText, outputOfRow = 0, maxOfCall }: RowTokensInit): TokenEstimate {
  return {
    ofCall: FRAME + estimateTokens(staticText),
    ofRow(inputs: Batch, row: number): number {
      const text = prompt(inputs, row);
      return text === null ? 0 : FRAME + estimateTokens(text);
    },
    outputOfRow,
    maxOfCall,
  };
}
