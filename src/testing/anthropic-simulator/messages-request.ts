import { isObject, type Body } from '../simulator/json-body.js';
import type { SimulatedForm } from '../simulator/simulated-text.js';
import { checkOutputSchema } from './output-schema-check.js';
import type { CacheTtl } from './prompt-cache.js';
import { checkMembers, numberMember, objectAt, textMember, wordAt } from './request-members.js';
import { checkSampling } from './sampling-check.js';
import { invalidRequest } from './wire-error.js';

/** A text of a prompt. */
export interface Block {
  readonly text: string;
  /** Where the client asks for the prompt to be cached up to here. */
  readonly cacheTtl?: CacheTtl | undefined;
}

/** A request to the Messages API that the service takes. */
export interface MessagesRequest {
  readonly model: string;
  readonly maxTokens: number;
  /** The whole prompt in its order: system, then the messages. */
  readonly blocks: readonly Block[];
  /** Text of the system prompt; empty for none. */
  readonly instructions: string;
  /** What is to be answered: the first turn after the last one of the assistant, since those behind it ask for the same again. */
  readonly message: string;
  readonly form: SimulatedForm;
  readonly thinks: boolean;
  readonly stopSequences: readonly string[];
}

const MEMBERS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'max_tokens',
  'system',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'stream',
  'metadata',
  'thinking',
  'output_config',
  'service_tier',
]);
const BLOCK_MEMBERS: ReadonlySet<string> = new Set(['type', 'text', 'cache_control', 'citations']);
const MAX_BREAKPOINTS = 4;

/** Reads the body of `POST /v1/messages`. @throws {Refusal} 400 for a request that Anthropic would refuse. */
export function readMessagesRequest(body: Body): MessagesRequest {
  if (body['tools'] !== undefined) throw invalidRequest('tools: This simulator has no tools; leave "tools" out');
  if (body['stream'] === true) throw invalidRequest('stream: This simulator does not stream; leave "stream" out');
  checkMembers(body, '', MEMBERS);
  const model = textMember(body, 'model');
  if (body['max_tokens'] === undefined) throw invalidRequest('max_tokens: Field required');
  const maxTokens = numberMember(body, 'max_tokens', { min: 1, integer: true })!;
  checkSampling(body, model);
  const messages = readMessages(body['messages']);
  const system = readContent(body['system'] ?? [], 'system');
  const blocks = [...system, ...messages.flatMap(message => message.blocks)];
  const breakpoints = blocks.filter(({ cacheTtl }) => cacheTtl !== undefined).length;
  if (breakpoints > MAX_BREAKPOINTS)
    throw invalidRequest(`A maximum of ${MAX_BREAKPOINTS} blocks with cache_control may be provided. Found ${breakpoints}.`);
  return {
    model,
    maxTokens,
    blocks,
    instructions: textOf(system),
    message: textOf(messages[messages.findLastIndex(({ role }) => role === 'assistant') + 1]?.blocks ?? []),
    form: readForm(body['output_config']),
    thinks: readThinking(body['thinking'], maxTokens),
    stopSequences: readStops(body['stop_sequences']),
  };
}

interface Message {
  readonly role: 'user' | 'assistant';
  readonly blocks: readonly Block[];
}

function readMessages(messages: unknown): Message[] {
  if (messages === undefined) throw invalidRequest('messages: Field required');
  if (!Array.isArray(messages)) throw invalidRequest('messages: Input should be a valid list');
  if (messages.length === 0) throw invalidRequest('messages: at least one message is required');
  const read = messages.map((message: unknown, i): Message => {
    const path = `messages.${i}`;
    const members = objectAt(message, path);
    checkMembers(members, `${path}.`, new Set(['role', 'content']));
    if (members['role'] === 'system') {
      throw invalidRequest(
        'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
      );
    }
    const role = wordAt(members['role'], `${path}.role`, ['user', 'assistant']);
    if (members['content'] === undefined) throw invalidRequest(`${path}.content: Field required`);
    return { role, blocks: readContent(members['content'], `${path}.content`) };
  });
  if (read.some(({ blocks }) => blocks.length === 0)) throw invalidRequest('messages: all messages must have non-empty content');
  return read;
}

function textOf(blocks: readonly Block[]): string {
  return blocks.map(({ text }) => text).join('');
}

function readContent(content: unknown, path: string): Block[] {
  if (typeof content === 'string') return content === '' ? [] : [{ text: content }];
  if (!Array.isArray(content)) throw invalidRequest(`${path}: Input should be a valid string or list`);
  return content.map((block: unknown, i) => {
    const members = objectAt(block, `${path}.${i}`);
    wordAt(members['type'], `${path}.${i}.type`, ['text']);
    checkMembers(members, `${path}.${i}.text.`, BLOCK_MEMBERS);
    const text = textMember(members, 'text', `${path}.${i}.text.`);
    if (text.trim() === '') throw invalidRequest(`${path.split('.')[0]}: text content blocks must contain non-whitespace text`);
    return { text, cacheTtl: readCacheControl(members['cache_control'], `${path}.${i}.cache_control`) };
  });
}

function readCacheControl(control: unknown, path: string): CacheTtl | undefined {
  if (control === undefined || control === null) return undefined;
  const members = objectAt(control, path);
  checkMembers(members, `${path}.`, new Set(['type', 'ttl']));
  wordAt(members['type'], `${path}.type`, ['ephemeral']);
  return wordAt(members['ttl'] ?? '5m', `${path}.ttl`, ['5m', '1h']);
}

function readForm(config: unknown): SimulatedForm {
  if (config === undefined) return { kind: 'text' };
  const members = objectAt(config, 'output_config');
  checkMembers(members, 'output_config.', new Set(['format', 'effort']));
  if (members['effort'] !== undefined) wordAt(members['effort'], 'output_config.effort', ['low', 'medium', 'high', 'xhigh', 'max']);
  if (members['format'] === undefined || members['format'] === null) return { kind: 'text' };
  const format = objectAt(members['format'], 'output_config.format');
  checkMembers(format, 'output_config.format.', new Set(['type', 'schema']));
  wordAt(format['type'], 'output_config.format.type', ['json_schema']);
  const schema = objectAt(format['schema'], 'output_config.format.schema');
  checkOutputSchema(schema);
  return { kind: 'schema', schema };
}

function readThinking(thinking: unknown, maxTokens: number): boolean {
  if (thinking === undefined) return false;
  const members = objectAt(thinking, 'thinking');
  const type = wordAt(members['type'], 'thinking.type', ['disabled', 'adaptive', 'enabled']);
  const budget = members['budget_tokens'];
  if (type !== 'enabled') return type === 'adaptive';
  if (typeof budget !== 'number' || budget < 1_024)
    throw invalidRequest('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024');
  if (budget >= maxTokens) throw invalidRequest('`max_tokens` must be greater than `thinking.budget_tokens`');
  return true;
}

function readStops(stops: unknown): string[] {
  if (stops === undefined) return [];
  if (!Array.isArray(stops) || !stops.every(stop => typeof stop === 'string'))
    throw invalidRequest('stop_sequences: Input should be a valid list of strings');
  if (stops.some(stop => stop.trim() === '')) throw invalidRequest('stop_sequences: each stop sequence must contain non-whitespace');
  return stops;
}

/** @throws {Refusal} 400 when it is no JSON object. */
export function checkedBody(parsed: unknown): Body {
  if (isObject(parsed)) return parsed;
  throw invalidRequest(parsed === undefined ? 'The request body is not valid JSON' : 'The request body must be a JSON object');
}
