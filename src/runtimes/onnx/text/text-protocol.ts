import type { OutputRead } from '../../../spec/model-runtime.js';
import type { OnnxReply, OnnxWorkerStart, ProbedOutput } from '../../../kit/onnx/worker-protocol.js';
import type { Activation } from './class-scores.js';
import type { Pooling } from './pooling.js';

/** How texts become tokens. */
export interface TokenizerSpec {
  /** Text of the tokenizer.json. */
  readonly file: string;
  /** Settings of the tokenizer_config.json; empty when there is none. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Most tokens of a row, with the special ones. */
  readonly maxLength: number;
  /** The end at which a text is cut that is too long. */
  readonly truncationSide: 'left' | 'right';
  readonly lowercase: boolean;
  /** Stands before each text. */
  readonly prefix: string;
}

/** What a model of texts takes besides `input_ids`. */
export const TOKEN_INPUTS = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'] as const;
export type TokenInputName = (typeof TOKEN_INPUTS)[number];

/** A tensor `[rows, tokens]` that the model takes. */
export interface TokenInput {
  readonly name: TokenInputName;
  readonly element: 'int64' | 'int32' | 'float32';
}

/** How the tokens of rows become tensors. */
export interface PaddingSpec {
  readonly inputs: readonly TokenInput[];
  readonly padId: number;
  readonly side: 'left' | 'right';
  /** Tokens that the model takes in each row, no more and no less; `undefined` where any number will do. */
  readonly fixedLength: number | undefined;
  readonly fixedRows: number | undefined;
}

export interface TextWorkerStart extends OnnxWorkerStart {
  readonly tokenizer: TokenizerSpec;
  readonly padding: PaddingSpec;
}

/** What is made of an output of the model. */
export type TextHead =
  /** An output that is one vector for each token, of `width` values. */
  | { readonly kind: 'embedding'; readonly output: string; readonly pooling: Pooling; readonly normalize: boolean; readonly width: number }
  /** An output that is one vector for each text. */
  | { readonly kind: 'vector'; readonly output: string; readonly normalize: boolean }
  | { readonly kind: 'classes'; readonly output: string; readonly labels: readonly string[]; readonly activation: Activation };

export interface TextPlan {
  /** Unique in the session. */
  readonly id: number;
  /** Texts in a row: one, or two that are compared. */
  readonly texts: 1 | 2;
  readonly head: TextHead;
  readonly reads: readonly OutputRead[];
}

/** `texts` is row by row, `null` for NULL. */
export type TextRequest =
  | { readonly kind: 'probe'; readonly texts: 1 | 2 }
  | { readonly kind: 'run'; readonly plan: number; readonly rows: number; readonly texts: readonly (string | null)[] };

export interface TextProbe {
  readonly kind: 'probe';
  readonly outputs: readonly ProbedOutput[];
  /** Tokens of each row of the probe, with padding. */
  readonly length: number;
}

export type TextRunReply = OnnxReply & {
  readonly kind: 'run';
  /** 1 for each row that has a NULL for a text. */
  readonly nulls: Uint8Array | undefined;
};

export type TextReply = TextProbe | TextRunReply;
