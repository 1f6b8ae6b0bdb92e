import { taskOfOutputs, type OpenAiTask } from '../../kit/openai-protocol/openai-task.js';
import { defineProvider, type Model, type ModelContext } from '../../spec/provider.js';
import { openChatModel } from './chat-model.js';
import { openEmbeddingModel } from './embedding-model.js';
import { taskOfEndpoint } from './endpoint.js';
import { openaiOptions, type OpenAiOptions } from './openai-options.js';

/** Chat completions and embeddings over the OpenAI HTTP API, or any server that speaks it. */
export const openai = defineProvider({
  name: 'openai',
  options: openaiOptions,
  defaults: { batchSize: 1, batchTimeoutMs: 1_000, maxConcurrentRequests: 100 },
  openModel: (context): Model => (taskOf(context) === 'embedding' ? openEmbeddingModel(context) : openChatModel(context)),
});

function taskOf({ options, outputs }: ModelContext<OpenAiOptions>): OpenAiTask {
  return options.task ?? taskOfEndpoint(options.endpoint) ?? taskOfOutputs(outputs);
}
