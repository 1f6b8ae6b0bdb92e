export { startAnthropicSimulator, type AnthropicSimulator } from './anthropic-simulator.js';
export { anthropicSimulatorOptions, type AnthropicSimulatorOptions } from './simulator-options.js';
