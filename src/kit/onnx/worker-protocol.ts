import type { TensorData } from '../../spec/element-type.js';
import type { OutputRead, ReadValues, TensorFeed } from '../../spec/model-runtime.js';

/** What an ONNX worker is started with. */
export interface OnnxWorkerStart {
  /** The package that runs the model; another name only in tests. */
  readonly packageName: string;
  /** The model's bytes, or the path of its file where weights stand in files beside it. */
  readonly model: Uint8Array | string;
  readonly device: 'cpu' | 'gpu';
}

/** A tensor that the model gave for a number of rows. */
export interface ProbedOutput {
  readonly name: string;
  /** By onnxruntime's names; `undefined` when it is no tensor. */
  readonly element: string | undefined;
  readonly dims: readonly number[];
}

/** An input tensor, without what only matters to columns. */
export type PlannedFeed = Pick<TensorFeed, 'name' | 'element' | 'rowShape' | 'width' | 'openShape' | 'isScalar'>;

/** What a worker does with the runs that name it; sent to every worker once. */
export interface RunPlan {
  /** Unique in the session. */
  readonly id: number;
  readonly feeds: readonly PlannedFeed[];
  readonly reads: readonly OutputRead[];
  /** Rows that the model takes at once, no more and no less; `undefined` when their number is open. */
  readonly fixedRows: number | undefined;
}

/** `data` is by feed, in order; its buffers are the worker's from then on. */
export type OnnxRequest =
  | { readonly kind: 'probe'; readonly feeds: RunPlan['feeds']; readonly rows: number; readonly data: readonly TensorData[] }
  | {
      readonly kind: 'run';
      readonly plan: number;
      readonly rows: number;
      readonly data: readonly TensorData[];
      /** By feed with an open shape, the dimensions of each row. */
      readonly sizes: readonly (Uint32Array | undefined)[];
    };

export type OnnxReply =
  | { readonly kind: 'probe'; readonly outputs: readonly ProbedOutput[] }
  | {
      readonly kind: 'run';
      /** By read, in order; what stands at a failed row means nothing. */
      readonly columns: readonly ReadValues[];
      /** By read with `openDimensions`, the sizes of each row. */
      readonly sizes?: readonly (Uint32Array | undefined)[];
      /** Rows that the model could not compute, with onnxruntime's reason. */
      readonly failures: readonly (readonly [row: number, reason: string])[];
    };
