import { startSimulator, type Simulator } from '../simulator/simulator.js';
import { createOpenAiProtocol } from './openai-protocol.js';
import { openAiSimulatorOptions, type OpenAiSimulatorOptions } from './simulator-options.js';

/** A running server that speaks OpenAI's protocol. */
export type OpenAiSimulator = Simulator;

/**
 * Starts a server that answers chat completions, embeddings and model lists as OpenAI does, repeatably: answers,
 * latencies and faults depend on the seed, the input, and how often that input has come.
 *
 * @param options those that differ from the defaults, in the parsed form of `openAiSimulatorOptions`.
 * @throws {MillraceError} `IO` when the address cannot be listened at.
 */
export function startOpenAiSimulator(options: Partial<OpenAiSimulatorOptions> = {}): Promise<OpenAiSimulator> {
  const settings: OpenAiSimulatorOptions = { ...openAiSimulatorOptions.parse({}), ...options };
  return startSimulator(settings, createOpenAiProtocol(settings));
}
