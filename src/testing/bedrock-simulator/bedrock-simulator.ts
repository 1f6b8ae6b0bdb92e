import { startSimulator, type Simulator } from '../simulator/simulator.js';
import { createBedrockProtocol } from './bedrock-protocol.js';
import { bedrockSimulatorOptions, type BedrockSimulatorOptions } from './simulator-options.js';

/** A running server that speaks the protocol of Bedrock's runtime. */
export type BedrockSimulator = Simulator;

/**
 * Starts a server that answers Converse and InvokeModel as Amazon Bedrock does, repeatably, and checks the signatures of
 * requests as AWS does.
 *
 * @param options those that differ from the defaults, in the parsed form of `bedrockSimulatorOptions`.
 * @throws {MillraceError} `IO` when the address cannot be listened at.
 */
export function startBedrockSimulator(options: Partial<BedrockSimulatorOptions> = {}): Promise<BedrockSimulator> {
  const settings: BedrockSimulatorOptions = { ...bedrockSimulatorOptions.parse({}), ...options };
  return startSimulator(settings, createBedrockProtocol(settings));
}
