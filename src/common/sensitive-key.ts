/** Option keys whose values are secrets: those that Flink masks, without `max-tokens` and its like. */
const SENSITIVE =
  /password|secret|api[-_.]?key|access[-_.]?key|account\.key|service-key|auth-params|basic-auth|jaas\.config|http-headers|(^|[._-])token$/i;

const OPTION_PAIR = /'((?:[^']|'')*)'(\s*[=,]\s*)'((?:[^']|'')*)'/g;

export function isSensitiveKey(key: string): boolean {
  return SENSITIVE.test(key);
}

/** SQL text with the value of every `'key' = 'value'` and `MAP['key', 'value']` whose key is sensitive as asterisks, as many as characters. */
export function maskSecrets(text: string): string {
  return text.replaceAll(OPTION_PAIR, (pair, key: string, between: string, value: string) =>
    isSensitiveKey(key) && !isReference(value) ? `'${key}'${between}'${'*'.repeat(value.length)}'` : pair,
  );
}

/** `{{ secret.NAME }}` and `${NAME}` name a secret and are none. */
function isReference(value: string): boolean {
  return /^\s*(\{\{[^}]*\}\}|\$\{[^}]*\})\s*$/.test(value);
}
