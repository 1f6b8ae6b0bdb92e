export { bedrock } from './bedrock-provider.js';
export { bedrockOptions, type BedrockOptions } from './bedrock-options.js';
