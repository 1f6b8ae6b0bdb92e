import { createEmbeddingModel } from '../../kit/embedding/embedding-model.js';
import { createOpenAiEmbeddings } from '../../kit/openai-protocol/embedding-wire.js';
import { quotaOf } from '../../kit/quota.js';
import type { Model, ModelContext } from '../../spec/provider.js';
import { createCall } from './openai-call.js';
import type { OpenAiOptions } from './openai-options.js';

/** `POST …/embeddings`: many inputs a call. */
export function openEmbeddingModel(context: ModelContext<OpenAiOptions>): Model {
  const { options, inputs, outputs } = context;
  return createEmbeddingModel({
    wire: createOpenAiEmbeddings({
      service: 'openai',
      post: createCall(context, 'embedding'),
      dimension: options.dimension,
      members: { model: options.model },
    }),
    template: options.prompt,
    inputs,
    outputs,
    version: options.model,
    quota: quotaOf({ endpoint: options.endpoint, credential: options['api-key'], model: options.model }),
  });
}
