import { MillraceError } from '../../common/error.js';
import { postJson, type JsonAnswer, type JsonPost } from '../../kit/post-json.js';
import { quotaOf } from '../../kit/quota.js';
import type { ModelCall, ModelContext } from '../../spec/provider.js';
import type { BedrockOptions } from './bedrock-options.js';
import { accountOf, credentialsOf, type Credentials } from './credentials.js';
import { bedrockEndpoint, operationUrl } from './endpoint.js';
import { readFailure } from './read-failure.js';
import { signAwsRequest } from '../../kit/sign-aws-request.js';

/** A model's way to Bedrock. */
export interface BedrockConnection {
  /** As `Model.quota`. */
  readonly quota: string;
  /** One request to an operation of the model. @throws {MillraceError} as `postJson`. */
  post(operation: 'converse' | 'invoke', body: object, call: ModelCall): Promise<JsonAnswer>;
}

/**
 * Finds out where the model is and how requests are authorized. Keys that the process finds are looked for once, so that
 * a model without any fails before its first row.
 *
 * @throws {MillraceError} as `bedrockEndpoint` and `credentialsOf`.
 */
export async function connect(context: ModelContext<BedrockOptions>): Promise<BedrockConnection> {
  const { options, http, clock } = context;
  const endpoint = bedrockEndpoint(options);
  const credentials = credentialsOf(context, endpoint.region);
  const now = (): number => clock.now();
  await findKeys(credentials);
  return {
    quota: quotaOf({ endpoint: endpoint.baseUrl, credential: accountOf(options), model: options.model }),
    async post(operation, body, { signal }) {
      const url = operationUrl(endpoint, options.model, operation);
      const authorization = await unlessAborted(authorize(credentials, { region: endpoint.region, now }), signal);
      return await postJson({ http, service: 'bedrock', url, body, signal, now, readFailure, ...authorization });
    },
  };
}

/** A source that does not answer now may do so at the first call, which is tried again. */
async function findKeys(credentials: Credentials): Promise<void> {
  if (credentials.kind === 'bearer') return;
  try {
    await credentials.keys();
  } catch (thrown) {
    if (!MillraceError.is(thrown) || thrown.retry === 'never') throw thrown;
  }
}

interface SigningContext {
  readonly region: string;
  readonly now: () => number;
}

async function authorize(
  credentials: Credentials,
  { region, now }: SigningContext,
): Promise<Pick<JsonPost, 'headers' | 'secrets' | 'sign'>> {
  if (credentials.kind === 'bearer') {
    const { key } = credentials;
    return { headers: { authorization: `Bearer ${key.reveal()}` }, secrets: [key] };
  }
  const keys = await credentials.keys();
  const { secretAccessKey, sessionToken } = keys;
  return {
    headers: {},
    secrets: sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken],
    sign: request => signAwsRequest(request, { keys, region, service: 'bedrock', nowMs: now() }),
  };
}

/** Finding keys takes no signal; who does not want the answer any more does not wait for it. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
