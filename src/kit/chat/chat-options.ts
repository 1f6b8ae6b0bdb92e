import { integer, list, number, oneOf, option, text } from '../../spec/option.js';
import { manyRowsOptions } from './many-rows/many-rows-options.js';

/** Options of every provider of language models: spread them into the provider's own. */
export const chatOptions = {
  'system-prompt': option(text().optional(), {
    doc: 'System message in front of every prompt.',
    aliases: ['system_prompt', 'system.prompt', 'systemPrompt'],
  }),
  prompt: option(text().optional(), {
    doc: 'Mustache template of the user message over the INPUT columns, such as "Translate: {{body}}".',
  }),
  temperature: option(number({ min: 0 }).optional(), { doc: 'Sampling temperature; 0 for the likeliest answer.' }),
  'max-tokens': option(integer({ min: 1 }).optional(), {
    doc: 'Most tokens of the answer to one row; a longer answer is cut, which counts as a bad answer.',
    aliases: ['max_tokens', 'max.tokens', 'maxTokens'],
  }),
  'context-window': option(integer({ min: 1 }).optional(), {
    doc: 'Tokens that the model can take in one call, those of its answer included; a call of several rows stays below it. Not known unless set.',
    aliases: ['context_window', 'context.window'],
  }),
  'top-p': option(number({ min: 0, max: 1 }).optional(), {
    doc: 'Nucleus sampling: the share of probability to choose from.',
    aliases: ['top_p', 'top.p', 'topP'],
  }),
  stop: option(list().optional(), { doc: 'Words, separated by commas, before which an answer ends.' }),
  'response-format': option(oneOf('text', 'json_object', 'json_schema').optional(), {
    doc: 'Form of the answer; with several OUTPUT columns, or one that is no STRING, json_schema unless set.',
    aliases: ['response_format', 'responseFormat'],
  }),
  ...manyRowsOptions,
};
