import { MillraceError } from '../../common/error.js';
import { Secret } from '../../spec/option.js';
import type { AwsKeys, ModelContext } from '../../spec/provider.js';
import type { BedrockOptions } from './bedrock-options.js';

/** How requests of a model prove who sends them. */
export type Credentials =
  | { readonly kind: 'bearer'; readonly key: Secret }
  /** Asked before every request: keys that expire are renewed in time. */
  | { readonly kind: 'keys'; readonly keys: () => Promise<AwsKeys> };

/**
 * The API key, or the keys of the options, or those that the process finds.
 *
 * @throws {MillraceError} `INVALID_OPTION` for options that exclude each other, `MISSING_OPTION` for half of a key, or where
 * there is nothing to sign with.
 */
export function credentialsOf({ options, awsKeys }: ModelContext<BedrockOptions>, region: string): Credentials {
  const given = (['api-key', 'access-key-id', 'profile'] as const).filter(key => options[key] !== undefined);
  if (given.length > 1) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `the options ${given.map(key => `"${key}"`).join(' and ')} exclude each other`,
      notes: [{ message: 'keep one of them' }],
    });
  }
  const { 'api-key': apiKey, profile } = options;
  if (apiKey !== undefined) return { kind: 'bearer', key: apiKey };
  const keys = keysOf(options);
  if (keys !== undefined) return { kind: 'keys', keys: () => Promise.resolve(keys) };
  if (awsKeys === undefined)
    throw missing('"access-key-id" and "secret-access-key", or "api-key"', 'this process lends its models no AWS keys');
  return { kind: 'keys', keys: () => awsKeys({ profile, region }) };
}

/** What stands for the account in `quotaOf`: a credential of the options, or the name of a profile; keys that are found change. */
export function accountOf({
  'api-key': apiKey,
  'secret-access-key': secret,
  'session-token': token,
  profile,
}: BedrockOptions): Secret | undefined {
  return apiKey ?? token ?? secret ?? (profile === undefined ? undefined : new Secret(profile));
}

function keysOf(options: BedrockOptions): AwsKeys | undefined {
  const { 'access-key-id': accessKeyId, 'secret-access-key': secretAccessKey, 'session-token': sessionToken } = options;
  if (accessKeyId === undefined && secretAccessKey === undefined && sessionToken === undefined) return undefined;
  if (accessKeyId === undefined) throw missing('"access-key-id"', 'it belongs to the secret');
  if (secretAccessKey === undefined) throw missing('"secret-access-key"', 'it belongs to "access-key-id"');
  return { accessKeyId, secretAccessKey, sessionToken };
}

function missing(option: string, reason: string): MillraceError {
  return new MillraceError({ code: 'MISSING_OPTION', message: `the option ${option} is missing: ${reason}` });
}
