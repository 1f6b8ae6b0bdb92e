import { isEmbeddingType } from '../../spec/data-type.js';
import { defineProvider, type ModelContext } from '../../spec/provider.js';
import { bedrockOptions, type BedrockOptions } from './bedrock-options.js';
import { connect } from './connection.js';
import { openConverseModel } from './converse-model.js';
import { openEmbeddingModel } from './embedding-model.js';

/** Language models of Amazon Bedrock by its Converse API, and embeddings by InvokeModel. */
export const bedrock = defineProvider({
  name: 'bedrock',
  options: bedrockOptions,
  defaults: { batchSize: 1, batchTimeoutMs: 1_000, maxConcurrentRequests: 100 },
  async openModel(context) {
    const connection = await connect(context);
    return isEmbedding(context) ? openEmbeddingModel(context, connection) : openConverseModel(context, connection);
  },
});

function isEmbedding({ options, outputs }: ModelContext<BedrockOptions>): boolean {
  const [output, ...more] = outputs;
  if (options.task !== undefined) return options.task === 'embedding';
  return more.length === 0 && output !== undefined && isEmbeddingType(output.type);
}
