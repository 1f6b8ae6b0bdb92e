import { z } from 'zod';
import { chatOptions } from '../../kit/chat/chat-options.js';
import { flag, integer, jsonObject, oneOf, option, secret, text } from '../../spec/option.js';

/** Options of `'provider' = 'bedrock'`, besides those of the inference runtime. */
export const bedrockOptions = z.object({
  task: option(oneOf('chat-completion', 'embedding').optional(), {
    doc: 'What the model does; by default told by OUTPUT: one ARRAY of FLOAT or DOUBLE is an embedding.',
  }),
  model: option(text(), {
    doc: 'Model id, inference profile id, or the ARN of a model, profile, prompt router or provisioned throughput.',
    aliases: ['model_name', 'model-name', 'model.name', 'model-id', 'model_id'],
  }),
  'base-model': option(text().optional(), {
    doc: 'Id of the foundation model behind an ARN that does not name it, such as that of an application inference profile.',
    aliases: ['base_model', 'base.model'],
  }),
  region: option(text().optional(), {
    doc: 'AWS region of the model, such as us-east-1; needed unless the endpoint names it.',
    aliases: ['aws-region', 'aws_region'],
  }),
  endpoint: option(text().optional(), {
    doc: 'Address of the Bedrock runtime: a VPC, FIPS or proxy endpoint in place of https://bedrock-runtime.<region>.amazonaws.com.',
    aliases: ['base_url', 'base-url', 'base.url'],
  }),
  'api-key': option(secret().optional(), {
    doc: 'Bedrock API key, sent as a bearer token in place of a signature.',
    aliases: ['api_key', 'api.key'],
  }),
  'access-key-id': option(text().optional(), {
    doc: 'AWS access key; without keys they are found as the AWS tools find them: environment, profiles, SSO, web identity, container, instance.',
    aliases: ['access_key_id', 'access.key.id', 'aws-access-key-id', 'aws_access_key_id'],
  }),
  'secret-access-key': option(secret().optional(), {
    doc: 'Secret that belongs to access-key-id.',
    aliases: ['secret_access_key', 'secret.access.key', 'aws-secret-access-key', 'aws_secret_access_key'],
  }),
  'session-token': option(secret().optional(), {
    doc: 'Session token of temporary keys.',
    aliases: ['session_token', 'session.token', 'aws-session-token', 'aws_session_token'],
  }),
  profile: option(text().optional(), {
    doc: "Profile of AWS's shared configuration files to take the keys from.",
    aliases: ['aws-profile', 'aws_profile'],
  }),
  ...chatOptions,
  'top-k': option(integer({ min: 1 }).optional(), {
    doc: 'Sampling from the k likeliest tokens, for model families that have it.',
    aliases: ['top_k', 'top.k', 'topK'],
  }),
  'additional-model-request-fields': option(jsonObject().optional(), {
    doc: 'JSON object of parameters that only this model has, as Converse takes it.',
    aliases: ['additional_model_request_fields', 'additionalModelRequestFields'],
  }),
  'structured-output': option(oneOf('schema', 'tool', 'prompt').optional(), {
    doc: 'How an answer of several columns is asked for: by a schema that Bedrock enforces, by a tool that the model must use, or by a description in the prompt; by default what the model family can.',
    aliases: ['structured_output', 'structured.output'],
  }),
  'prompt-caching': option(oneOf('none', '5m', '1h').prefault('none'), {
    doc: 'How long the service keeps the system prompt, counted from its last use, for models that cache prompts; none does not ask for it.',
    aliases: ['prompt_caching', 'prompt.caching', 'promptCaching'],
  }),
  'guardrail-id': option(text().optional(), {
    doc: 'Id or ARN of the guardrail that checks prompts and answers.',
    aliases: ['guardrail_id', 'guardrail.id', 'guardrail-identifier'],
  }),
  'guardrail-version': option(text().optional(), {
    doc: 'Version of the guardrail: a number, or DRAFT.',
    aliases: ['guardrail_version', 'guardrail.version'],
  }),
  dimension: option(integer({ min: 1 }).optional(), {
    doc: "Length of an embedding; the model's own when absent.",
    aliases: ['dimensions'],
  }),
  normalize: option(flag().optional(), { doc: 'Whether Titan embeddings have length 1; true when absent.' }),
  'input-type': option(oneOf('search_document', 'search_query', 'classification', 'clustering').prefault('search_document'), {
    doc: 'What Cohere embeddings are for.',
    aliases: ['input_type', 'input.type'],
  }),
});

export type BedrockOptions = z.output<typeof bedrockOptions>;
