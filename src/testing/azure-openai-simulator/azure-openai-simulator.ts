import { startSimulator, type Simulator } from '../simulator/simulator.js';
import { createAzureOpenAiProtocol } from './azure-openai-protocol.js';
import { azureOpenAiSimulatorOptions, type AzureOpenAiSimulatorOptions } from './simulator-options.js';

/** A running server that speaks Azure OpenAI's protocol; its URL is that of a resource. */
export type AzureOpenAiSimulator = Simulator;

/**
 * Starts a server that answers chat completions and embeddings as a resource of Azure OpenAI does, repeatably: answers,
 * latencies and faults depend on the seed, the input, and how often that input has come.
 *
 * @param options those that differ from the defaults, in the parsed form of `azureOpenAiSimulatorOptions`.
 * @throws {MillraceError} `IO` when the address cannot be listened at.
 */
export function startAzureOpenAiSimulator(options: Partial<AzureOpenAiSimulatorOptions> = {}): Promise<AzureOpenAiSimulator> {
  const settings: AzureOpenAiSimulatorOptions = { ...azureOpenAiSimulatorOptions.parse({}), ...options };
  return startSimulator(settings, createAzureOpenAiProtocol(settings));
}
