import { systemClock } from '../../common/clock.js';
import { isObject, parseJson } from '../simulator/json-body.js';
import { Refusal } from '../simulator/reply.js';
import type { LimitWords } from '../simulator/rate-limits.js';
import type { Exchange, PreparedAnswer, SimulatedProtocol } from '../simulator/simulated-protocol.js';
import { authorize } from './authorize.js';
import { answerConverse } from './converse-endpoint.js';
import { answerInvoke } from './invoke-endpoint.js';
import type { BedrockSimulatorOptions } from './simulator-options.js';
import { errorOfStatus, errorReply, refusal, validationError } from './wire-error.js';

/** Bedrock's wire format: Converse, and InvokeModel of embedding models. */
export function createBedrockProtocol(options: BedrockSimulatorOptions): SimulatedProtocol {
  const now = (): number => systemClock.now() + options['clock-skew'];
  const promptCache = new Set<string>();

  function answer({ model, operation, body }: Operation, { fault, latencyMs, random }: Exchange): PreparedAnswer {
    const members = parseJson(body);
    if (!isObject(members)) throw validationError('The body of the request is not a JSON object.');
    checkModel(model, options);
    checkAccount(options);
    if (fault === 'not-ready') throw refusal({ status: 429, name: 'ModelNotReadyException', message: NOT_READY });
    const { seed, 'context-window': contextWindow } = options;
    return operation === 'converse'
      ? answerConverse(members, { model, seed, fault, contextWindow, latencyMs, promptCache, spoil: { rates: options, random } })
      : answerInvoke(members, { model, seed, latencyMs });
  }

  return {
    basePath: '',
    limits: bedrockLimits,
    authorize: request => authorize(request, options, now()),
    route({ method, path, body }) {
      const [, model, operation] = /^\/model\/([^/]+)\/(converse|invoke)$/.exec(path ?? '') ?? [];
      if (method !== 'POST' || model === undefined) throw new Refusal(UNKNOWN_OPERATION);
      const call: Operation = { model: decodeURIComponent(model), operation: operation as Operation['operation'], body };
      return { kind: 'metered', answer: exchange => answer(call, exchange) };
    },
    error: (status, message) => errorReply({ ...errorOfStatus(status), ...(message !== undefined && { message }) }),
    headers: number => ({
      'x-amzn-requestid': `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`,
      date: new Date(now()).toUTCString(),
    }),
  };
}

interface Operation {
  /** Model id or ARN. */
  readonly model: string;
  readonly operation: 'converse' | 'invoke';
  readonly body: Buffer;
}

const NOT_READY = 'Model is not ready for inference. Wait and try your request again. Refer to https://docs.aws.amazon.com/bedrock';

const UNKNOWN_OPERATION = {
  status: 404,
  headers: {},
  body: JSON.stringify({ Output: { __type: 'com.amazon.coral.service#UnknownOperationException' }, Version: '1.0' }),
};

/** Bedrock tells its limits only beyond them, and not how long to wait. */
const bedrockLimits: LimitWords = {
  headers: () => ({}),
  exceeded: ({ kind }) =>
    errorReply({
      status: 429,
      name: 'ThrottlingException',
      message: `Too many ${kind === 'requests' ? 'requests' : 'tokens'}, please wait before trying again.`,
    }),
};

function checkModel(model: string, { models }: BedrockSimulatorOptions): void {
  if (models !== undefined && !models.includes(model)) throw validationError('The provided model identifier is invalid.');
}

function checkAccount(options: BedrockSimulatorOptions): void {
  if (!options['out-of-quota']) return;
  throw refusal({
    status: 400,
    name: 'ServiceQuotaExceededException',
    message: 'Your request exceeds the service quota for your account.',
  });
}
