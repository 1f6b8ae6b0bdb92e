import { systemClock } from '../../common/clock.js';
import type { Reply } from '../simulator/reply.js';
import type { Exchange, PreparedAnswer, SimulatedProtocol } from '../simulator/simulated-protocol.js';
import type { SimulatedRequest } from '../simulator/simulated-request.js';
import { answerChat } from './chat-endpoint.js';
import { answerEmbeddings } from './embeddings-endpoint.js';
import { openAiLimits } from './limit-words.js';
import { parseBody } from './request-body.js';
import type { OpenAiSimulatorOptions } from './simulator-options.js';
import { errorOfStatus, errorReply, refusal } from './wire-error.js';

/** OpenAI's wire format: chat completions, embeddings, the list of models. */
export function createOpenAiProtocol(options: OpenAiSimulatorOptions): SimulatedProtocol {
  return {
    basePath: options['base-path'],
    limits: openAiLimits,
    authorize: ({ headers }) => checkKey(headers.authorization, options['api-key']),
    route(request) {
      const { method, path, fullPath } = request;
      if (method === 'GET' && path === '/models') return { kind: 'free', reply: listModels(options) };
      const endpoint = method === 'POST' && path !== undefined ? ENDPOINTS[path] : undefined;
      if (endpoint === undefined)
        throw refusal({ status: 404, message: `Invalid URL (${method} ${fullPath})`, type: 'invalid_request_error' });
      return { kind: 'metered', answer: exchange => checkAccount(endpoint(request, options, exchange), options) };
    },
    error: (status, message) => errorReply({ ...errorOfStatus(status), ...(message !== undefined && { message }) }),
    headers: number => ({ 'x-request-id': `req_${number.toString(36).padStart(8, '0')}` }),
  };
}

type Endpoint = (request: SimulatedRequest, options: OpenAiSimulatorOptions, exchange: Exchange) => PreparedAnswer;

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  '/chat/completions': ({ body }, options, { fault, random }) => {
    const members = parseBody(body);
    const created = Math.floor(systemClock.now() / 1_000);
    const answer = answerChat(members, { seed: options.seed, fault, created, spoil: { rates: options, random } });
    checkModel(String(members['model']), options);
    return answer;
  },
  '/embeddings': ({ body }, options) => {
    const members = parseBody(body);
    const answer = answerEmbeddings(members, options.seed);
    checkModel(String(members['model']), options);
    return answer;
  },
};

function listModels({ models = ['simulated-chat', 'simulated-embedding'] }: OpenAiSimulatorOptions): Reply {
  const data = models.map(id => ({ id, object: 'model', created: 0, owned_by: 'simulator' }));
  return { status: 200, headers: {}, body: JSON.stringify({ object: 'list', data }) };
}

function checkModel(model: string, { models }: OpenAiSimulatorOptions): void {
  if (models === undefined || models.includes(model)) return;
  throw refusal({
    status: 404,
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    type: 'invalid_request_error',
    code: 'model_not_found',
  });
}

function checkKey(authorization: string | undefined, expected: string | undefined): void {
  const key = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
  if (key !== undefined && (expected === undefined || key === expected)) return;
  const message =
    key === undefined
      ? "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
      : `Incorrect API key provided: ${key.slice(0, 3)}${'*'.repeat(8)}${key.slice(-4)}. You can find your API key at https://platform.openai.com/account/api-keys.`;
  throw refusal({ status: 401, message, type: 'invalid_request_error', code: 'invalid_api_key' });
}

function checkAccount(answer: PreparedAnswer, options: OpenAiSimulatorOptions): PreparedAnswer {
  if (!options['out-of-quota']) return answer;
  throw refusal({
    status: 429,
    message: 'You exceeded your current quota, please check your plan and billing details.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  });
}
