import type { Batch } from '../../spec/batch.js';

/** Rows with an earlier event time than `time` are not expected any more. Microseconds; `Infinity` at the end of bounded input. */
export interface Watermark {
  readonly kind: 'watermark';
  readonly time: number;
}

/** Divides the stream: what came before belongs to checkpoint `checkpoint`, what comes after does not. */
export interface Barrier {
  readonly kind: 'barrier';
  readonly checkpoint: number;
}

/** No batch and no watermark follows; barriers may. */
export interface End {
  readonly kind: 'end';
}

/** What flows between operators. */
export type StreamElement = Batch | Watermark | Barrier | End;
