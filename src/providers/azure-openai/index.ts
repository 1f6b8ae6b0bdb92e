export { azureOpenai } from './azure-openai-provider.js';
export { azureOpenaiOptions, type AzureOpenaiOptions } from './azure-openai-options.js';
