import type { Datatype, Tensor } from '../../kit/tensor/tensor.js';

/** An input or output of a simulated model. */
export interface TensorDeclaration {
  readonly name: string;
  readonly datatype: Datatype;
  /** Without the batch dimension where the model has one; -1 is open. */
  readonly dims: readonly number[];
  /** Whether a request may leave an input out. */
  readonly optional?: boolean;
}

/** A model that a test gives to the simulator. */
export interface SimulatedTensorModel {
  readonly name: string;
  /** As strings of numbers; the highest answers where a request names none. `['1']` when absent. */
  readonly versions?: readonly string[];
  /** Most rows of a request; 0 for a model without a batch dimension. */
  readonly maxBatchSize: number;
  readonly inputs: readonly TensorDeclaration[];
  readonly outputs: readonly TensorDeclaration[];
  /** False for a model that the server knows and has not loaded; true when absent. */
  readonly ready?: boolean;
  /**
   * Computes all outputs.
   *
   * @param inputs by name, checked against the declarations.
   * @throws {Error} what the server answers with 500.
   */
  run(inputs: ReadonlyMap<string, Tensor>, request: { readonly version: string }): readonly Tensor[];
}

/** Versions of a model, of which the last one is served by default. */
export function versionsOf({ versions = ['1'] }: SimulatedTensorModel): readonly string[] {
  return versions;
}

/** A declaration's shape as requests and metadata write it: -1 stands for the rows. */
export function fullShape({ dims }: TensorDeclaration, { maxBatchSize }: SimulatedTensorModel): number[] {
  return maxBatchSize > 0 ? [-1, ...dims] : [...dims];
}
