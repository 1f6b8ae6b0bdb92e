import type { ErrorCode } from './error-codes.js';

/** What a load goes through before the model is ready. */
export const LOAD_PHASES = ['resolving', 'downloading', 'verifying', 'parsing'] as const;
export type LoadPhase = (typeof LOAD_PHASES)[number];

/** What happens to model files and opened models, for metrics. */
export interface LoadObserver {
  /** A model became ready, by the name of CREATE MODEL. `phases`: milliseconds in each; `bytes`: what came over the network. */
  loaded(load: {
    readonly model: string;
    readonly version: string;
    readonly phases: ReadonlyMap<LoadPhase, number>;
    readonly bytes: number;
  }): void;
  loadFailed(code: ErrorCode): void;
  /** Somebody got a model that was open already. */
  hit(): void;
  missed(): void;
  /** A model that nobody used was closed. */
  evicted(): void;
  /** A version took the place of another one in a running job. */
  swapped(swap: { readonly model: string; readonly version: string }): void;
  /** Whoever reads gauges. @returns the function that ends it. */
  watch(read: () => OpenModels): () => void;
}

export interface OpenModels {
  readonly count: number;
  readonly bytes: number;
}

export const NO_LOAD_OBSERVER: LoadObserver = {
  loaded() {},
  loadFailed() {},
  hit() {},
  missed() {},
  evicted() {},
  swapped() {},
  watch: () => () => {},
};
