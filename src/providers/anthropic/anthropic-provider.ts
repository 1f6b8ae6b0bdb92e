import { MillraceError } from '../../common/error.js';
import { isEmbeddingType } from '../../spec/data-type.js';
import { defineProvider, type ModelContext } from '../../spec/provider.js';
import { anthropicOptions, type AnthropicOptions } from './anthropic-options.js';
import { openMessagesModel } from './messages-model.js';

/** Claude models over Anthropic's Messages API. */
export const anthropic = defineProvider({
  name: 'anthropic',
  options: anthropicOptions,
  defaults: { batchSize: 1, batchTimeoutMs: 1_000, maxConcurrentRequests: 100 },
  openModel(context) {
    refuseEmbedding(context);
    return openMessagesModel(context);
  },
});

/** An ARRAY of numbers is an embedding with every provider, unless `task` says that the model writes it. */
function refuseEmbedding({ options: { task }, outputs }: ModelContext<AnthropicOptions>): void {
  const [output, ...more] = outputs;
  const byOutput = more.length === 0 && output !== undefined && isEmbeddingType(output.type);
  if (task !== 'embedding' && !(task === undefined && byOutput)) return;
  throw new MillraceError({
    code: 'MODEL_SCHEMA',
    message: 'Anthropic has no embeddings',
    notes: [
      { message: 'use a model of the providers openai, azure-openai or bedrock for embeddings' },
      ...(task === undefined ? [{ message: `for numbers that the model writes as text, set 'task' = 'messages'` }] : []),
    ],
  });
}
