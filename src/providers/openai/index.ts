export { openai } from './openai-provider.js';
export { openaiOptions, type OpenAiOptions } from './openai-options.js';
