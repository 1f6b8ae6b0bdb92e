import { systemClock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import { extensions } from '../../extensions.js';
import { createHttpTransport } from '../../kit/http-transport.js';
import type { Field } from '../../spec/data-type.js';
import type { Model, RuntimeDefaults } from '../../spec/provider.js';
import { startOpenAiSimulator, type OpenAiSimulator } from './openai-simulator.js';
import type { OpenAiSimulatorOptions } from './simulator-options.js';

export interface SimulatedModelInit {
  /** Of the simulator; see `startOpenAiSimulator`. */
  readonly simulator?: Partial<OpenAiSimulatorOptions>;
  /** Of the provider, besides `endpoint`, `api-key` and `model`. */
  readonly options?: Readonly<Record<string, string>>;
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
}

/** A model of the `openai` provider with a simulator of its own behind it. */
export interface SimulatedModel {
  readonly model: Model;
  /** The provider's. */
  readonly defaults: RuntimeDefaults;
  readonly simulator: OpenAiSimulator;
  close(): Promise<void>;
}

/** Opens a model over real HTTP, for tests of what stands in front of a model. */
export async function openSimulatedModel({ simulator: settings, options, inputs, outputs }: SimulatedModelInit): Promise<SimulatedModel> {
  const provider = await extensions.providers['openai']!();
  const simulator = await startOpenAiSimulator(settings);
  const http = createHttpTransport({ connections: 256 });
  const model = await provider.openModel({
    name: 'simulated',
    options: provider.options.parse({ endpoint: simulator.url, 'api-key': 'key', model: 'simulated-chat', ...options }),
    inputs,
    outputs,
    http,
    clock: systemClock,
    random: Math.random,
    openModelFile: () => Promise.reject(new MillraceError({ code: 'INTERNAL', message: 'the openai provider loads no runtime' })),
  });
  return {
    model,
    defaults: provider.defaults,
    simulator,
    async close() {
      await http.close();
      await simulator.close();
    },
  };
}
