import { MillraceError } from '../../common/error.js';
import type { ChatReply, ChatRequest } from '../../kit/chat/chat-wire.js';
import { createLanguageModel } from '../../kit/chat/language-model.js';
import type { JsonSchema } from '../../kit/output-schema.js';
import type { Model, ModelCall, ModelContext } from '../../spec/provider.js';
import type { BedrockOptions } from './bedrock-options.js';
import type { BedrockConnection } from './connection.js';
import { readChoice, readUsage } from './converse-reply.js';
import { familyOf, foundationModel, type ModelFamily, type StructuredForm } from './model-family.js';

/** The tool that a model must use where that is how it is held to a schema. */
const TOOL = 'answer';

/** `POST …/converse`: one message, one answer. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export function openConverseModel({ options, inputs, outputs }: ModelContext<BedrockOptions>, connection: BedrockConnection): Model {
  const family = familyOf(foundationModel(options['base-model'] ?? options.model));
  const structured = options['structured-output'] ?? family?.structured ?? 'prompt';
  const sampling = { temperature: options.temperature, topP: options['top-p'], stopSequences: options.stop };
  const request = { additionalModelRequestFields: additionalFields(options, family), guardrailConfig: guardrailOf(options) };

  async function ask(chat: ChatRequest, call: ModelCall): Promise<ChatReply> {
    const form = chat.form.kind === 'schema' ? formBody(chat.form.schema, structured) : {};
    const body = {
      ...request,
      ...form,
      inferenceConfig: { ...sampling, maxTokens: chat.maxTokens },
      system: systemOf(chat, options),
      messages: [{ role: 'user', content: contentOf(chat) }],
    };
    const { json, text, headers } = await connection.post('converse', body, call);
    return { choices: readChoice(json, text), usage: readUsage(json), requestId: headers['x-amzn-requestid'] };
  }

  return createLanguageModel({
    // Bedrock takes `maxTokens` off the tokens of a minute until the answer is complete.
    wire: { service: 'bedrock', hasSchemas: structured !== 'prompt', reservesOutput: true, choices: 1, ask },
    options,
    inputs,
    outputs,
    version: options.model,
    quota: connection.quota,
  });
}

/** Some models refuse two messages of one role in a row, so what was wrong with the last answer is a part of the only one. */
function contentOf({ message, rejection }: ChatRequest): object[] {
  return rejection === undefined ? [{ text: message }] : [{ text: message }, { text: rejection }];
}

/** What stands in front of a cache point is the same in every call of the model. */
function systemOf({ instructions }: ChatRequest, { 'prompt-caching': ttl }: BedrockOptions): object[] | undefined {
  if (instructions === '') return undefined;
  if (ttl === 'none') return [{ text: instructions }];
  // Five minutes are the service's own, and the only ones of models that know no other.
  return [{ text: instructions }, { cachePoint: ttl === '5m' ? { type: 'default' } : { type: 'default', ttl } }];
}

function formBody(schema: JsonSchema, structured: StructuredForm): object {
  if (structured === 'tool') {
    const toolSpec = { name: TOOL, description: 'Gives the answer.', inputSchema: { json: schema } };
    return { toolConfig: { tools: [{ toolSpec }], toolChoice: { any: {} } } };
  }
  const jsonSchema = { name: TOOL, schema: JSON.stringify(schema) };
  return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } };
}

/** The user's own fields, joined with what `top-k` is for the family; its own members win. */
function additionalFields(options: BedrockOptions, family: ModelFamily | undefined): Readonly<Record<string, unknown>> | undefined {
  const { 'top-k': k, 'additional-model-request-fields': fields } = options;
  if (k === undefined) return fields;
  if (family?.topK !== undefined) return { ...family.topK(k), ...fields };
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `how the model "${options.model}" calls "top-k" is not known`,
    notes: [
      { message: "name the foundation model behind an ARN by 'base-model'" },
      { message: `or write the parameter in the model's own spelling: 'additional-model-request-fields' = '{"top_k": ${k}}'` },
    ],
  });
}

function guardrailOf(options: BedrockOptions): object | undefined {
  const { 'guardrail-id': guardrailIdentifier, 'guardrail-version': guardrailVersion } = options;
  if (guardrailIdentifier === undefined && guardrailVersion === undefined) return undefined;
  if (guardrailIdentifier !== undefined && guardrailVersion !== undefined) return { guardrailIdentifier, guardrailVersion };
  const missing = guardrailIdentifier === undefined ? 'guardrail-id' : 'guardrail-version';
  throw new MillraceError({
    code: 'MISSING_OPTION',
    message: `the option "${missing}" is missing: a guardrail has an id and a version`,
    notes: [{ message: "for its working draft write 'guardrail-version' = 'DRAFT'" }],
  });
}
