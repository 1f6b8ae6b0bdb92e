import { integer, number, option } from '../../spec/option.js';

/** Options of chats and embeddings that OpenAI's protocol has besides `chatOptions`. */
export const openAiProtocolOptions = {
  'presence-penalty': option(number().optional(), {
    doc: 'Lowers the chance of tokens that already occur.',
    aliases: ['presence_penalty', 'presence.penalty', 'presencePenalty'],
  }),
  'frequency-penalty': option(number().optional(), {
    doc: 'Lowers the chance of tokens by how often they already occur.',
    aliases: ['frequency_penalty', 'frequency.penalty', 'frequencyPenalty'],
  }),
  seed: option(integer().optional(), { doc: 'Makes sampling as repeatable as the service can.' }),
  n: option(integer({ min: 1 }).optional(), { doc: 'Answers for each input; every one becomes a row.' }),
  dimension: option(integer({ min: 1 }).optional(), {
    doc: "Length of an embedding; the model's own when absent.",
    aliases: ['dimensions'],
  }),
};
