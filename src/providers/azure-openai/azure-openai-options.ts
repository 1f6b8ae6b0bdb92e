import { z } from 'zod';
import { chatOptions } from '../../kit/chat/chat-options.js';
import { openAiProtocolOptions } from '../../kit/openai-protocol/openai-protocol-options.js';
import { openAiTaskOptions } from '../../kit/openai-protocol/openai-task.js';
import { option, secret, text } from '../../spec/option.js';

/** Options of `'provider' = 'azure-openai'`, besides those of the inference runtime. */
export const azureOpenaiOptions = z.object({
  ...openAiTaskOptions,
  endpoint: option(text(), {
    doc: 'Address of the resource, such as https://name.openai.azure.com; or that of a deployment or a task below it; or its base ending in /openai/v1.',
    aliases: ['base_url', 'base-url', 'base.url', 'azure_endpoint', 'azure-endpoint', 'azure.endpoint'],
  }),
  deployment: option(text().optional(), {
    doc: 'Name of the deployment; by default the one in the endpoint, else the value of model.',
    aliases: ['deployment_name', 'deployment-name', 'deployment.name'],
  }),
  model: option(text().optional(), {
    doc: 'Name of the model behind the deployment, which decides prices and the form of token limits; names the deployment where nothing else does.',
    aliases: ['model_name', 'model-name', 'model.name'],
  }),
  'api-version': option(text().optional(), {
    doc: 'Version of the API: that in the endpoint, else 2024-10-21; none is needed below /openai/v1.',
    aliases: ['api_version', 'api.version'],
  }),
  'api-key': option(secret().optional(), { doc: 'Key of the resource; this or auth-token.', aliases: ['api_key', 'api.key'] }),
  'auth-token': option(secret().optional(), {
    doc: 'Token of Entra ID for https://cognitiveservices.azure.com/.default, sent as a bearer token; this or api-key.',
    aliases: ['auth_token', 'auth.token'],
  }),
  ...chatOptions,
  ...openAiProtocolOptions,
});

export type AzureOpenaiOptions = z.output<typeof azureOpenaiOptions>;
