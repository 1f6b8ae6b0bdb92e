import { startSimulator, type Simulator } from '../simulator/simulator.js';
import { BUILT_IN_MODELS } from './built-in-models.js';
import { tritonSimulatorOptions, type TritonSimulatorOptions } from './simulator-options.js';
import type { SimulatedTensorModel } from './tensor-model.js';
import { createTritonProtocol } from './triton-protocol.js';

/** A running server that speaks the Open Inference Protocol v2 as Triton does. */
export type TritonSimulator = Simulator;

/**
 * Starts a server with models that are functions over tensors.
 *
 * @param options those that differ from the defaults, in the parsed form of `tritonSimulatorOptions`.
 * @param models in place of the built-in ones: `add_sub`, `identity_string`, `logistic_regression`.
 * @throws {MillraceError} `IO` when the address cannot be listened at.
 */
export function startTritonSimulator(
  options: Partial<TritonSimulatorOptions> = {},
  models: readonly SimulatedTensorModel[] = BUILT_IN_MODELS,
): Promise<TritonSimulator> {
  const settings: TritonSimulatorOptions = { ...tritonSimulatorOptions.parse({}), ...options };
  return startSimulator(settings, createTritonProtocol({ options: settings, models }));
}
