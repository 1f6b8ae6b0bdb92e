export { startOpenAiSimulator, type OpenAiSimulator } from './openai-simulator.js';
export { openAiSimulatorOptions, type OpenAiSimulatorOptions } from './simulator-options.js';
export type { OpenAiSimulatorStats } from './statistics.js';
