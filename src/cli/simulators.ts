import type { z } from 'zod';
import { readOptions } from '../config/read-options.js';
import type { OptionSchema } from '../spec/option.js';
import { anthropicSimulatorOptions } from '../testing/anthropic-simulator/simulator-options.js';
import { bedrockSimulatorOptions } from '../testing/bedrock-simulator/simulator-options.js';
import { azureOpenAiSimulatorOptions } from '../testing/azure-openai-simulator/simulator-options.js';
import { openAiSimulatorOptions } from '../testing/openai-simulator/simulator-options.js';
import type { Simulator } from '../testing/simulator/simulator.js';
import { tritonSimulatorOptions } from '../testing/triton-simulator/simulator-options.js';

/** A service that `millrace simulate` can stand in for. */
export interface SimulatedService {
  /** Sub-command of `simulate`. */
  readonly name: string;
  /** Whose wire format it is. */
  readonly of: string;
  /** A sentence for `--help`. */
  readonly doc: string;
  /** Name of the function of `millrace/testing` that starts it. */
  readonly starter: string;
  readonly options: OptionSchema;
  /** @param flags values as written, by key. @throws {MillraceError} `INVALID_OPTION`, `IO` */
  start(flags: ReadonlyMap<string, string>): Promise<Simulator>;
}

/** Every simulator. The servers are loaded when they are started: the command line has to say its help without them. */
export const simulators: readonly SimulatedService[] = [
  simulator({
    name: 'openai',
    of: 'OpenAI',
    doc: "chat completions and embeddings as OpenAI's API answers them, with limits, latency and faults",
    starter: 'startOpenAiSimulator',
    options: openAiSimulatorOptions,
    load: async () => (await import('../testing/openai-simulator/openai-simulator.js')).startOpenAiSimulator,
  }),
  simulator({
    name: 'azure-openai',
    of: 'Azure OpenAI',
    doc: 'deployments for chat completions and embeddings as a resource of Azure OpenAI answers them',
    starter: 'startAzureOpenAiSimulator',
    options: azureOpenAiSimulatorOptions,
    load: async () => (await import('../testing/azure-openai-simulator/azure-openai-simulator.js')).startAzureOpenAiSimulator,
  }),
  simulator({
    name: 'anthropic',
    of: 'Anthropic',
    doc: "messages as Anthropic's API answers them, with limits, latency, faults and a prompt cache",
    starter: 'startAnthropicSimulator',
    options: anthropicSimulatorOptions,
    load: async () => (await import('../testing/anthropic-simulator/anthropic-simulator.js')).startAnthropicSimulator,
  }),
  simulator({
    name: 'bedrock',
    of: 'Amazon Bedrock',
    doc: 'Converse, and InvokeModel of embedding models, as Amazon Bedrock answers them; signatures are checked',
    starter: 'startBedrockSimulator',
    options: bedrockSimulatorOptions,
    load: async () => (await import('../testing/bedrock-simulator/bedrock-simulator.js')).startBedrockSimulator,
  }),
  simulator({
    name: 'triton',
    of: 'Triton',
    doc: 'the models add_sub, identity_string and logistic_regression as a Triton server answers for them, with latency and faults',
    starter: 'startTritonSimulator',
    options: tritonSimulatorOptions,
    load: async () => (await import('../testing/triton-simulator/triton-simulator.js')).startTritonSimulator,
  }),
];

interface SimulatorInit<Options extends OptionSchema> extends Omit<SimulatedService, 'options' | 'start'> {
  readonly options: Options;
  readonly load: () => Promise<(options: z.output<Options>) => Promise<Simulator>>;
}

function simulator<Options extends OptionSchema>({ load, ...service }: SimulatorInit<Options>): SimulatedService {
  const noSecrets = { secret: () => undefined, variable: () => undefined };
  return {
    ...service,
    async start(flags) {
      const [options] = readOptions({ owner: `simulate ${service.name}`, values: flags }, [{ schema: service.options }], noSecrets);
      const start = await load();
      return await start(options);
    },
  };
}
