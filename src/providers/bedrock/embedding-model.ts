import { createEmbeddingModel } from '../../kit/embedding/embedding-model.js';
import type { EmbeddingReply } from '../../kit/embedding/embedding-wire.js';
import type { JsonAnswer } from '../../kit/post-json.js';
import type { Model, ModelCall, ModelContext, Usage } from '../../spec/provider.js';
import type { BedrockOptions } from './bedrock-options.js';
import type { BedrockConnection } from './connection.js';
import { embeddingFormat, type EmbeddingFormat } from './embedding-format.js';
import { foundationModel } from './model-family.js';

/** `POST …/invoke`: the embeddings of one family's models. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html */
export function openEmbeddingModel({ options, inputs, outputs }: ModelContext<BedrockOptions>, connection: BedrockConnection): Model {
  const format = embeddingFormat(foundationModel(options['base-model'] ?? options.model), options);

  async function embed(texts: readonly string[], call: ModelCall): Promise<EmbeddingReply> {
    const answer = await connection.post('invoke', format.body(texts, options), call);
    return { vectors: format.vectors(answer.json), usage: usageOf(format, answer), requestId: answer.headers['x-amzn-requestid'] };
  }

  return createEmbeddingModel({
    wire: { service: 'bedrock', maxInputs: format.maxInputs, embed },
    template: options.prompt,
    inputs,
    outputs,
    version: options.model,
    quota: connection.quota,
  });
}

function usageOf({ tokens }: EmbeddingFormat, { json, headers }: JsonAnswer): Usage | undefined {
  const count = Number(tokens?.(json) ?? headers['x-amzn-bedrock-input-token-count'] ?? NaN);
  return Number.isSafeInteger(count) && count >= 0 ? { inputTokens: count, outputTokens: 0 } : undefined;
}
