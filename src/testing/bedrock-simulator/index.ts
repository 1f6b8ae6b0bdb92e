export { startBedrockSimulator, type BedrockSimulator } from './bedrock-simulator.js';
export { bedrockSimulatorOptions, type BedrockSimulatorOptions } from './simulator-options.js';
