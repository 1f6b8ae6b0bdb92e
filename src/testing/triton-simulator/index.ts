export { addSub, BUILT_IN_MODELS, identityString, logisticRegression } from './built-in-models.js';
export { startTritonSimulator, type TritonSimulator } from './triton-simulator.js';
export { tritonSimulatorOptions, type TritonSimulatorOptions } from './simulator-options.js';
export type { SimulatedTensorModel, TensorDeclaration } from './tensor-model.js';
