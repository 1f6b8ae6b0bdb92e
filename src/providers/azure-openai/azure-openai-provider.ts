import { createLanguageModel } from '../../kit/chat/language-model.js';
import { createEmbeddingModel } from '../../kit/embedding/embedding-model.js';
import { createChatAsk } from '../../kit/openai-protocol/ask-chat.js';
import { createOpenAiEmbeddings } from '../../kit/openai-protocol/embedding-wire.js';
import { taskOfOutputs } from '../../kit/openai-protocol/openai-task.js';
import { quotaOf } from '../../kit/quota.js';
import { defineProvider, type Model, type ModelContext } from '../../spec/provider.js';
import { readAddress } from './azure-address.js';
import { createCall, type AzureTarget } from './azure-call.js';
import { readCredential } from './azure-credential.js';
import { azureOpenaiOptions, type AzureOpenaiOptions } from './azure-openai-options.js';

const SERVICE = 'azure-openai';

/** Chat completions and embeddings of deployments in Azure OpenAI. */
export const azureOpenai = defineProvider({
  name: 'azure-openai',
  options: azureOpenaiOptions,
  defaults: { batchSize: 1, batchTimeoutMs: 1_000, maxConcurrentRequests: 100 },
  openModel(context): Model {
    const { options, outputs } = context;
    const target: AzureTarget = { address: readAddress(options), credential: readCredential(options) };
    const task = options.task ?? target.address.task ?? taskOfOutputs(outputs);
    return task === 'embedding' ? openEmbeddingModel(context, target) : openChatModel(context, target);
  },
});

/** `POST …/chat/completions`: `n` answers an input. */
function openChatModel(context: ModelContext<AzureOpenaiOptions>, target: AzureTarget): Model {
  const { options, inputs, outputs } = context;
  const ask = createChatAsk({
    post: createCall(context, target, 'chat-completion'),
    options,
    members: target.address.members,
    maxTokensMember: maxTokensMember(options, target),
  });
  return createLanguageModel({
    wire: { service: SERVICE, hasSchemas: true, reservesOutput: true, choices: options.n ?? 1, ask },
    options,
    inputs,
    outputs,
    ...identity(options, target),
  });
}

/** `POST …/embeddings`: many inputs a call. */
function openEmbeddingModel(context: ModelContext<AzureOpenaiOptions>, target: AzureTarget): Model {
  const { options, inputs, outputs } = context;
  return createEmbeddingModel({
    wire: createOpenAiEmbeddings({
      service: SERVICE,
      post: createCall(context, target, 'embedding'),
      dimension: options.dimension,
      members: target.address.members,
    }),
    template: options.prompt,
    inputs,
    outputs,
    ...identity(options, target),
  });
}

/** Limits belong to a deployment; what answers is best named by the model behind it. */
function identity({ model }: AzureOpenaiOptions, { address, credential }: AzureTarget): Pick<Model, 'version'> & { quota: string } {
  const { resource, deployment } = address;
  return { version: model ?? deployment, quota: quotaOf({ endpoint: resource, credential: credential.secret, model: deployment }) };
}

/**
 * Reasoning models refuse `max_tokens`, and others may not know `max_completion_tokens`. The name of the model tells;
 * that of a deployment often begins with it. https://learn.microsoft.com/azure/ai-services/openai/how-to/reasoning
 */
function maxTokensMember({ model }: AzureOpenaiOptions, { address }: AzureTarget): string {
  return /^(o\d|gpt-5)/.test(model ?? address.deployment) ? 'max_completion_tokens' : 'max_tokens';
}
