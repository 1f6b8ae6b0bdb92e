import { startSimulator, type Simulator } from '../simulator/simulator.js';
import { createAnthropicProtocol } from './anthropic-protocol.js';
import { anthropicSimulatorOptions, type AnthropicSimulatorOptions } from './simulator-options.js';

/** A running server that speaks Anthropic's Messages API. */
export type AnthropicSimulator = Simulator;

/**
 * Starts a server that answers messages, token counts and model lists as Anthropic does, repeatably: answers, latencies
 * and faults depend on the seed, the input, and how often that input has come.
 *
 * @param options those that differ from the defaults, in the parsed form of `anthropicSimulatorOptions`.
 * @throws {MillraceError} `IO` when the address cannot be listened at.
 */
export function startAnthropicSimulator(options: Partial<AnthropicSimulatorOptions> = {}): Promise<AnthropicSimulator> {
  const settings: AnthropicSimulatorOptions = { ...anthropicSimulatorOptions.parse({}), ...options };
  return startSimulator(settings, createAnthropicProtocol(settings));
}
