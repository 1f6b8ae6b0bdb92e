import { systemClock } from '../../common/clock.js';
import { parseJson } from '../simulator/json-body.js';
import type { Reply } from '../simulator/reply.js';
import type { PreparedAnswer, Route, SimulatedProtocol } from '../simulator/simulated-protocol.js';
import type { SimulatedRequest } from '../simulator/simulated-request.js';
import { anthropicLimits } from './limit-words.js';
import { answerMessages, countPrompt } from './messages-endpoint.js';
import { checkedBody, readMessagesRequest, type MessagesRequest } from './messages-request.js';
import { PromptCache } from './prompt-cache.js';
import type { AnthropicSimulatorOptions } from './simulator-options.js';
import { errorOfStatus, errorReply, invalidRequest, refusal, type WireError } from './wire-error.js';

const VERSIONS: readonly unknown[] = ['2023-01-01', '2023-06-01'];
/** Of the Messages API. */
const MAX_BODY_BYTES = 32 * 1_024 * 1_024;

/** Anthropic's wire format: messages, token counts, the list of models. */
export function createAnthropicProtocol(options: AnthropicSimulatorOptions): SimulatedProtocol {
  const cache = new PromptCache({ minTokens: options['cache-minimum'], monotonic: () => systemClock.monotonic() });
  return {
    basePath: '',
    limits: anthropicLimits,
    authorize: request => checkHeaders(request, options['api-key']),
    route(request): Route {
      const { method, fullPath } = request;
      switch (`${method} ${fullPath}`) {
        case 'GET /v1/models':
          return { kind: 'free', reply: listModels(options) };
        case 'POST /v1/messages/count_tokens':
          return { kind: 'free', reply: countTokensReply(request, options) };
        case 'POST /v1/messages':
          return {
            kind: 'metered',
            answer: exchange => checkAccount(answerMessages(readRequest(request, options), { options, cache, exchange }), options),
          };
        default:
          throw refusal({ status: 404, type: 'not_found_error', message: 'Not Found' });
      }
    },
    error: (status, message) => errorReply({ ...errorOfStatus(status), ...(message !== undefined && { message }) }),
    headers: number => ({ 'request-id': requestId(number), 'anthropic-organization-id': '00000000-0000-4000-8000-000000000000' }),
    finish: (reply, number) => withRequestId(reply, requestId(number)),
  };
}

function requestId(number: number): string {
  return `req_${number.toString(36).padStart(24, '0')}`;
}

/** Errors, whatever their status, end with the id of the request. */
function withRequestId(reply: Reply, id: string): Reply {
  const { body } = reply;
  if (typeof body !== 'string' || !body.startsWith('{"type":"error"') || !body.endsWith('}')) return reply;
  return { ...reply, body: `${body.slice(0, -1)},"request_id":${JSON.stringify(id)}}` };
}

function checkHeaders({ headers }: SimulatedRequest, expected: string | undefined): void {
  const key = headers['x-api-key'] ?? /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (key === undefined) throw refusal({ status: 401, type: 'authentication_error', message: 'x-api-key header is required' });
  if (expected !== undefined && key !== expected)
    throw refusal({ status: 401, type: 'authentication_error', message: 'invalid x-api-key' });
  const version = headers['anthropic-version'];
  if (version === undefined) throw invalidRequest('anthropic-version: header is required');
  if (!VERSIONS.includes(version)) throw invalidRequest(`anthropic-version: "${String(version)}" is not a valid version`);
}

function readRequest({ body }: SimulatedRequest, { models }: AnthropicSimulatorOptions): MessagesRequest {
  if (body.length > MAX_BODY_BYTES) throw refusal(errorOfStatus(413));
  const request = readMessagesRequest(checkedBody(parseJson(body)));
  if (models === undefined || models.includes(request.model)) return request;
  throw refusal({ status: 404, type: 'not_found_error', message: `model: ${request.model}` });
}

/** Takes what the Messages API takes, without `max_tokens`. */
function countTokensReply({ body }: SimulatedRequest, { models }: AnthropicSimulatorOptions): Reply {
  const members = checkedBody(parseJson(body));
  const request = readMessagesRequest({ ...members, max_tokens: 1 });
  if (models !== undefined && !models.includes(request.model)) throw refusal({ ...errorOfStatus(404), message: `model: ${request.model}` });
  return { status: 200, headers: {}, body: JSON.stringify({ input_tokens: countPrompt(request) }) };
}

function listModels({ models = ['claude-simulated'] }: AnthropicSimulatorOptions): Reply {
  const data = models.map(id => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' }));
  const body = { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null };
  return { status: 200, headers: {}, body: JSON.stringify(body) };
}

const UNPAID: Readonly<Record<Exclude<AnthropicSimulatorOptions['account'], 'paid'>, WireError>> = {
  'no-credit': {
    status: 400,
    type: 'invalid_request_error',
    message: 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  },
  'usage-limit': {
    status: 400,
    type: 'invalid_request_error',
    message: 'You have reached your specified API usage limits. You will regain access on 2030-01-01 at 00:00 UTC.',
  },
  'spend-limit': {
    status: 429,
    type: 'rate_limit_error',
    message: 'Your organization has reached its limit of spending.',
    details: { error_code: 'enforced_spend_limit_reached' },
  },
  'billing-error': errorOfStatus(402),
};

function checkAccount(answer: PreparedAnswer, { account }: AnthropicSimulatorOptions): PreparedAnswer {
  if (account === 'paid') return answer;
  throw refusal(UNPAID[account]);
}
