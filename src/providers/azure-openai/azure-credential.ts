import { MillraceError } from '../../common/error.js';
import type { Secret } from '../../spec/option.js';
import type { AzureOpenaiOptions } from './azure-openai-options.js';

export interface AzureCredential {
  readonly secret: Secret;
  /** The header that carries it. */
  readonly headers: Readonly<Record<string, string>>;
}

/** @throws {MillraceError} `INVALID_OPTION` unless exactly one of key and token is set. */
export function readCredential(options: Pick<AzureOpenaiOptions, 'api-key' | 'auth-token'>): AzureCredential {
  const { 'api-key': key, 'auth-token': token } = options;
  if (key !== undefined && token === undefined) return { secret: key, headers: { 'api-key': key.reveal() } };
  if (token !== undefined && key === undefined) return { secret: token, headers: { authorization: `Bearer ${token.reveal()}` } };
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: key === undefined ? '"api-key" or "auth-token" is missing' : '"api-key" and "auth-token" are both set',
    notes: [{ message: 'set "api-key" to a key of the resource, or "auth-token" to a token of Entra ID' }],
  });
}
