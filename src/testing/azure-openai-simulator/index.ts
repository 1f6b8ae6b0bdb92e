export { startAzureOpenAiSimulator, type AzureOpenAiSimulator } from './azure-openai-simulator.js';
export { azureOpenAiSimulatorOptions, type AzureOpenAiSimulatorOptions } from './simulator-options.js';
