import { isObject, type Body } from '../simulator/json-body.js';
import type { SimulatedForm } from '../simulator/simulated-text.js';
import { validationError } from './wire-error.js';

/** A Converse request as the simulated model understands it. */
export interface ConverseRequest {
  /** The system prompt up to the cache point; `undefined` without one. */
  readonly cachedPrefix: string | undefined;
  /** The system prompt and all messages. */
  readonly prompt: string;
  /** The system prompt; empty for none. */
  readonly instructions: string;
  /** First text of the last message: what follows it asks for the same again. */
  readonly message: string;
  readonly maxTokens: number;
  readonly form: SimulatedForm;
  /** Name of the tool that must be used; `undefined` for none. */
  readonly tool: string | undefined;
  readonly hasGuardrail: boolean;
}

const MEMBERS: ReadonlySet<string> = new Set([
  'messages',
  'system',
  'inferenceConfig',
  'toolConfig',
  'guardrailConfig',
  'additionalModelRequestFields',
  'additionalModelResponseFieldPaths',
  'outputConfig',
  'performanceConfig',
  'promptVariables',
  'requestMetadata',
  'serviceTier',
]);

/** Models that cannot be held to a schema by Bedrock, and models that cannot be made to use a tool. */
const WITHOUT_SCHEMAS = /(^|[./])(amazon|meta|ai21|cohere)\./;
const WITHOUT_TOOL_CHOICE = /(^|[./])(meta|ai21|cohere)\./;

/** @throws {Refusal} 400 for a request that Bedrock would refuse. */
export function readConverse(body: Body, model: string): ConverseRequest {
  const unknown = Object.keys(body).find(name => !MEMBERS.has(name));
  if (unknown !== undefined) throw validationError(`1 validation error detected: '${unknown}' is no member of the request`);
  const inference = objectMember(body, 'inferenceConfig');
  numberMember(inference, 'temperature', { min: 0, max: 1 });
  numberMember(inference, 'topP', { min: 0, max: 1 });
  if (inference['stopSequences'] !== undefined && !isListOfTexts(inference['stopSequences']))
    throw validationError(
      "1 validation error detected: Value at 'inferenceConfig.stopSequences' failed to satisfy constraint: Member must be a list of strings",
    );
  const system = readBlocks(body['system'] ?? [], 'system');
  const messages = readMessages(body['messages']);
  const tool = readTool(objectMember(body, 'toolConfig'), model);
  return {
    cachedPrefix: system.cached,
    prompt: [system, ...messages].flatMap(({ texts }) => texts).join('\n'),
    instructions: system.texts.join('\n'),
    message: messages.at(-1)!.texts[0] ?? '',
    maxTokens: numberMember(inference, 'maxTokens', { min: 1 }) ?? Infinity,
    form: tool === undefined ? readForm(objectMember(body, 'outputConfig'), model) : { kind: 'schema', schema: tool.schema },
    tool: tool?.name,
    hasGuardrail: readGuardrail(objectMember(body, 'guardrailConfig')),
  };
}

function readMessages(messages: unknown): readonly Blocks[] {
  if (!Array.isArray(messages) || messages.length === 0)
    throw validationError('A conversation must have at least one message. Try again with a conversation that has at least one message.');
  const roles = messages.map((message: unknown) => (isObject(message) ? message['role'] : undefined));
  if (roles[0] !== 'user')
    throw validationError('A conversation must start with a user message. Try again with a conversation that starts with a user message.');
  if (roles.some((role, i) => role !== (i % 2 === 0 ? 'user' : 'assistant')))
    throw validationError(
      'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
    );
  return messages.map((message: Body, i) => readBlocks(message['content'], `messages.${i}.content`));
}

interface Blocks {
  readonly texts: readonly string[];
  /** What stands in front of the last cache point. */
  readonly cached: string | undefined;
}

function readBlocks(blocks: unknown, place: string): Blocks {
  if (!Array.isArray(blocks))
    throw validationError(`1 validation error detected: Value at '${place}' failed to satisfy constraint: Member must not be null`);
  const texts: string[] = [];
  let cached: string | undefined;
  for (const [i, block] of (blocks as readonly unknown[]).entries()) {
    if (isObject(block) && isObject(block['cachePoint'])) {
      checkCachePoint(block['cachePoint'], `${place}.${i}`);
      cached = texts.join('\n');
    } else if (!isObject(block) || typeof block['text'] !== 'string')
      throw validationError(`The content block at ${place}.${i} is not supported by this simulator.`);
    else if (block['text'].trim() === '')
      throw validationError(
        `The text field in the ContentBlock object at ${place}.${i} is blank. Add text to the text field, and try again.`,
      );
    else texts.push(block['text']);
  }
  return { texts, cached };
}

function checkCachePoint({ type, ttl }: Body, place: string): void {
  if (type === 'default' && [undefined, '5m', '1h'].includes(ttl as string | undefined)) return;
  throw validationError(
    `1 validation error detected: Value at '${place}.cachePoint' failed to satisfy constraint: Member must be a cache point`,
  );
}

interface ForcedTool {
  readonly name: string;
  readonly schema: Body;
}

function readTool(config: Body, model: string): ForcedTool | undefined {
  const { tools, toolChoice } = config;
  if (tools === undefined) return undefined;
  const [first] = Array.isArray(tools) ? (tools as readonly unknown[]) : [];
  const spec = isObject(first) ? objectMember(first, 'toolSpec') : {};
  const { json: schema } = objectMember(spec, 'inputSchema');
  if (typeof spec['name'] !== 'string' || !isObject(schema))
    throw validationError('The toolConfig field must have a tool with a name and an inputSchema.');
  const kind = isObject(toolChoice) ? Object.keys(toolChoice)[0] : 'auto';
  if (kind === 'auto') return undefined;
  if (WITHOUT_TOOL_CHOICE.test(model))
    throw validationError(
      `This model doesn't support the toolConfig.toolChoice.${kind} field. Remove toolConfig.toolChoice.${kind} and try again.`,
    );
  return { name: spec['name'], schema };
}

function readForm(config: Body, model: string): SimulatedForm {
  if (config['textFormat'] === undefined) return { kind: 'text' };
  if (WITHOUT_SCHEMAS.test(model))
    throw validationError("This model doesn't support the outputConfig.textFormat field. Remove outputConfig.textFormat and try again.");
  const format = objectMember(config, 'textFormat');
  const { schema } = objectMember(objectMember(format, 'structure'), 'jsonSchema');
  if (format['type'] !== 'json_schema' || typeof schema !== 'string')
    throw validationError('The outputConfig.textFormat field must be of type json_schema, with its schema as a string.');
  const parsed = parseSchema(schema);
  const open = openObject(parsed);
  if (open !== undefined)
    throw validationError(`output_config.format.schema${open}: For 'object' type, 'additionalProperties' must be explicitly set to false`);
  return { kind: 'schema', schema: parsed };
}

function parseSchema(text: string): Body {
  try {
    const schema: unknown = JSON.parse(text);
    if (isObject(schema)) return schema;
  } catch {
    // Said below.
  }
  throw validationError('The schema in outputConfig.textFormat is not a JSON object.');
}

/** The path of an object in a schema that may have other properties; `undefined` where none may. */
function openObject(schema: unknown, path = ''): string | undefined {
  if (!isObject(schema)) return undefined;
  const { type, properties, items } = schema;
  if ((type === 'object' || (Array.isArray(type) && type.includes('object'))) && schema['additionalProperties'] !== false) return path;
  const inner: [string, unknown][] = [
    ...Object.entries(isObject(properties) ? properties : {}).map(([name, value]): [string, unknown] => [`${path}.${name}`, value]),
    [`${path}.items`, items],
  ];
  for (const [place, value] of inner) {
    const found = openObject(value, place);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readGuardrail(config: Body): boolean {
  const { guardrailIdentifier: id, guardrailVersion: version } = config;
  if (id === undefined && version === undefined) return false;
  if (typeof id === 'string' && id !== '' && typeof version === 'string' && /^([1-9]\d{0,7}|DRAFT)$/.test(version)) return true;
  throw validationError('The guardrail identifier or version provided in the request does not exist.');
}

function objectMember(body: Body, name: string): Body {
  const value = body[name] ?? {};
  if (isObject(value)) return value;
  throw validationError(`1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must be an object`);
}

function numberMember(
  body: Body,
  name: string,
  { min, max = Infinity }: { readonly min: number; readonly max?: number },
): number | undefined {
  const value = body[name];
  if (value === undefined || (typeof value === 'number' && value >= min && value <= max)) return value;
  const bound = typeof value === 'number' && value > max ? `less than or equal to ${max}` : `greater than or equal to ${min}`;
  throw validationError(
    `1 validation error detected: Value '${JSON.stringify(value)}' at 'inferenceConfig.${name}' failed to satisfy constraint: Member must have value ${bound}`,
  );
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(item => typeof item === 'string');
}
