import { nearest } from './nearest.js';

/** Option keys whose values are secrets: those that Flink masks, without `max-tokens` and its like, and an address with a password. */
const SENSITIVE =
  /password|secret|api[-_.]?key|access[-_.]?key|account\.key|service-key|auth-params|basic-auth|jaas\.config|(http|custom)[-_.]headers|^(limits|cache)\.store$|(^|[._-])token$/i;

/** Last words of keys of secrets, without separators: what a mistyped key is compared with. */
const SECRET_WORDS = ['apikey', 'password', 'secret', 'secretkey', 'accesskey', 'accountkey', 'servicekey', 'token', 'authtoken'];

// Without alternatives within a repetition, which would take the stack of the machine for each character of a long string.
const OPTION_PAIR = /'([^']*(?:''[^']*)*)'(\s*[=,]\s*)'([^']*(?:''[^']*)*)'/g;

const PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@']*:)([^\s/@']+)@/gi;

/** What opens a presigned address. */
const SIGNATURE = /([?&](?:x-amz-(?:signature|security-token|credential)|sig|signature|access_token|token|delegation)=)([^&\s'"#]+)/gi;

export function isSensitiveKey(key: string): boolean {
  return SENSITIVE.test(key);
}

/**
 * SQL text with the passwords of addresses, and the value of every `'key' = 'value'` and `MAP['key', 'value']` whose key is sensitive as asterisks, as many as
 * characters. A key that only looks like a sensitive one counts too: what was mistyped still holds the secret.
 */
export function maskSecrets(text: string): string {
  return maskPasswords(text).replaceAll(OPTION_PAIR, (pair, key: string, between: string, value: string) =>
    (isSensitiveKey(key) || isNearSensitiveKey(key)) && !isReference(value) ? `'${key}'${between}'${'*'.repeat(value.length)}'` : pair,
  );
}

/** A text with the password of every `scheme://user:password@host`, and the signatures and tokens in queries, as asterisks, as many as characters. */
export function maskPasswords(text: string): string {
  return text
    .replaceAll(PASSWORD, (written, before: string, password: string) =>
      isReference(password) ? written : `${before}${'*'.repeat(password.length)}@`,
    )
    .replaceAll(SIGNATURE, (written, before: string, value: string) => (isReference(value) ? written : before + '*'.repeat(value.length)));
}

function isNearSensitiveKey(key: string): boolean {
  const words = key.toLowerCase().split(/[^a-z0-9]+/);
  const last = words.at(-1)!;
  // Options that count tokens are one letter away from a token.
  if (last === 'tokens') return false;
  return [last, words.slice(-2).join('')].some(word => nearest(word, SECRET_WORDS) !== undefined);
}

/** `{{ secret.NAME }}` and `${NAME}` name a secret and are none. */
function isReference(value: string): boolean {
  return /^\s*(\{\{[^}]*\}\}|\$\{[^}]*\})\s*$/.test(value);
}
