export { startOpenAiSimulator, type OpenAiSimulator } from './openai-simulator.js';
export { openAiSimulatorOptions, type OpenAiSimulatorOptions } from './simulator-options.js';
export type { SimulatorStats as OpenAiSimulatorStats } from '../simulator/statistics.js';
