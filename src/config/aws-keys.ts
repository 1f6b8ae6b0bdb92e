import { MillraceError, type Note } from '../common/error.js';
import { Secret } from '../spec/option.js';
import type { AwsKeyQuery, AwsKeys, AwsKeySource } from '../spec/provider.js';

type Library = Pick<typeof import('@aws-sdk/credential-provider-node'), 'defaultProvider'>;
type Chain = ReturnType<Library['defaultProvider']>;

export interface AwsKeySourceInit {
  /** A line for people, such as that several sources are set. */
  readonly warn: (message: string) => void;
  /**
   * Whether the process is Millrace's own. Then the library's notice that coming versions of it need a newer Node is held
   * back: it is for whoever chose the library, not for those who run it. A variable that is set stays.
   */
  readonly ownsProcess?: boolean;
  /** Default: AWS's own library, loaded when keys are first asked for. */
  readonly load?: () => Promise<Library>;
}

/** Read by the library before it prints the notice. */
const NOTICE = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

/**
 * The keys of this process, found by AWS's default chain, which reads environment variables, files and metadata services
 * by itself: the only place that does so for AWS.
 *
 * Each profile and region has a chain of its own, which keeps what it found and renews it five minutes before it expires.
 */
export function awsKeySource({ warn, ownsProcess = false, load = loadLibrary }: AwsKeySourceInit): AwsKeySource {
  const chains = new Map<string, Promise<Chain>>();

  async function openChain({ profile, region }: AwsKeyQuery): Promise<Chain> {
    const { defaultProvider } = await load();
    if (ownsProcess) process.env[NOTICE] ??= 'true';
    return defaultProvider({
      ...(profile !== undefined && { profile }),
      parentClientConfig: { region: () => Promise.resolve(region) },
      logger: { trace: ignore, debug: ignore, info: ignore, warn: text => warn(onOneLine(text)), error: ignore },
    });
  }

  return async query => {
    const id = JSON.stringify([query.profile, query.region]);
    const chain = chains.get(id) ?? openChain(query);
    chains.set(id, chain);
    try {
      return keysOf(await (await chain)());
    } catch (thrown) {
      throw keyError(thrown, query);
    }
  };
}

function loadLibrary(): Promise<Library> {
  return import('@aws-sdk/credential-provider-node');
}

function keysOf({ accessKeyId, secretAccessKey, sessionToken }: Awaited<ReturnType<Chain>>): AwsKeys {
  return {
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    ...(sessionToken !== undefined && { sessionToken: new Secret(sessionToken) }),
  };
}

/** What the chain and the services that it asks throw. */
interface ChainError extends Error {
  /** Of answers of AWS services: whose fault it is. */
  readonly $fault?: 'client' | 'server';
}

const NONE_FOUND: readonly Note[] = [
  { message: "give 'access-key-id' and 'secret-access-key', 'api-key', or 'profile'" },
  { message: 'or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, in the environment' },
];

function keyError(thrown: unknown, { profile }: AwsKeyQuery): MillraceError {
  const error = thrown as ChainError;
  const place = profile === undefined ? '' : ` of the profile "${profile}"`;
  const message = `no AWS keys${place}: ${onOneLine(error.message)}`;
  // The chain gives errors of its own to what no retry mends: no source, an unknown profile, a sign-in that has expired.
  if (error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError') {
    return new MillraceError({ code: 'MISSING_OPTION', message, notes: NONE_FOUND, cause: thrown });
  }
  if (error.$fault === 'client') return new MillraceError({ code: 'UNAUTHORIZED', message, cause: thrown });
  return new MillraceError({ code: 'UNREACHABLE', message, retry: 'backoff', cause: thrown });
}

/** A program that is to print the keys may have said anything. */
function onOneLine(text: unknown): string {
  const line = String(text).replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

function ignore(): void {}
