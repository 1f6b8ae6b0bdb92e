export { anthropic } from './anthropic-provider.js';
export { anthropicOptions, type AnthropicOptions } from './anthropic-options.js';
