import { systemClock } from '../../common/clock.js';
import { answerChat } from '../openai-simulator/chat-endpoint.js';
import { answerEmbeddings } from '../openai-simulator/embeddings-endpoint.js';
import { parseBody } from '../openai-simulator/request-body.js';
import { invalidRequest } from '../openai-simulator/wire-error.js';
import type { Body } from '../simulator/json-body.js';
import type { Exchange, PreparedAnswer, SimulatedProtocol } from '../simulator/simulated-protocol.js';
import type { SimulatedRequest } from '../simulator/simulated-request.js';
import { readTarget, type Target } from './address.js';
import { limitWithReserve, withFilterResults } from './answer.js';
import { azureLimits } from './limit-words.js';
import type { AzureOpenAiSimulatorOptions } from './simulator-options.js';
import { errorOfStatus, errorReply, filteredPrompt, NOT_FOUND, refusal } from './wire-error.js';

/**
 * Azure OpenAI's wire format: chat completions and embeddings below `/openai/deployments/<name>` and `/openai/v1`.
 * https://learn.microsoft.com/azure/ai-services/openai/reference
 */
export function createAzureOpenAiProtocol(options: AzureOpenAiSimulatorOptions): SimulatedProtocol {
  return {
    basePath: '',
    limits: azureLimits(options),
    authorize: request => checkCredential(request, options),
    route(request) {
      const target = readTarget(request);
      if (target === undefined) throw refusal(NOT_FOUND);
      return { kind: 'metered', answer: exchange => answer(target, parseBody(request.body), options, exchange) };
    },
    error: (status, message) => errorReply({ ...errorOfStatus(status), ...(message !== undefined && { message }) }),
    headers: number => ({
      'apim-request-id': `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`,
      'x-request-id': `req_${number}`,
      'x-ms-region': 'North Central US',
    }),
  };
}

/** @throws {Refusal} */
function answer(target: Target, body: Body, options: AzureOpenAiSimulatorOptions, exchange: Exchange): PreparedAnswer {
  const deployment = target.deployment ?? body['model'];
  if (typeof deployment !== 'string' || deployment === '') throw invalidRequest('model', 'you must provide a model parameter');
  const { deployments } = options;
  if (deployments !== undefined && !deployments.includes(deployment)) throw refusal(errorOfStatus(404));
  if (options['out-of-quota']) {
    throw refusal({
      status: 403,
      code: '403',
      message:
        'Out of call volume quota for OpenAI F0 pricing tier. Please retry after 13 days. To increase your call volume switch to a paid tier.',
    });
  }
  const members = { ...body, model: deployment };
  if (target.task === 'embeddings') return answerEmbeddings(members, options.seed);
  checkVersion(target, body);
  if (exchange.fault === 'prompt-filter') throw filteredPrompt();
  const chat = answerChat(members, {
    seed: options.seed,
    fault: exchange.fault,
    created: Math.floor(systemClock.now() / 1_000),
    spoil: { rates: options, random: exchange.random },
  });
  return limitWithReserve(withFilterResults(chat), body);
}

/** Strict schemas came with 2024-08-01-preview. */
function checkVersion({ version }: Target, { response_format: format }: Body): void {
  const type = (format as { type?: unknown } | null | undefined)?.type;
  if (type !== 'json_schema' || version === undefined || version >= '2024-08-01') return;
  throw invalidRequest(
    'response_format',
    'response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later',
  );
}

function checkCredential({ headers }: SimulatedRequest, options: AzureOpenAiSimulatorOptions): void {
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  const key = headers['api-key'];
  const isKnown = (given: unknown, expected: string | undefined): boolean =>
    given !== undefined && (expected === undefined || given === expected);
  if (!isKnown(key, options['api-key']) && !isKnown(token, options['auth-token'])) throw refusal(errorOfStatus(401));
}
