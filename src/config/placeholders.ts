import { MillraceError } from '../common/error.js';

/** Where secrets and variables come from. */
export interface SecretSource {
  /** The value of `{{ secret.NAME }}`; `undefined` where there is none. */
  secret(name: string): string | undefined;
  /** The value of `${NAME}`; `undefined` where it is not set. */
  variable(name: string): string | undefined;
}

const PLACEHOLDER = /\{\{\s*secret\.([A-Za-z0-9_.-]+)\s*\}\}|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Whether a text refers to a secret or a variable. */
export function hasPlaceholder(text: string): boolean {
  PLACEHOLDER.lastIndex = 0;
  return PLACEHOLDER.test(text);
}

/**
 * The text with `{{ secret.NAME }}` and `${NAME}` replaced.
 *
 * @throws {MillraceError} `MISSING_SECRET`, which names what is missing and where to set it.
 */
export function resolvePlaceholders(text: string, source: SecretSource): string {
  return text.replaceAll(PLACEHOLDER, (_, secret: string | undefined, variable: string | undefined) => {
    const value = secret === undefined ? source.variable(variable!) : source.secret(secret);
    // `export KEY=` is how a variable is cleared; an empty key would only be refused by the service.
    if (value !== undefined && value !== '') return value;
    if (secret === undefined) {
      throw new MillraceError({
        code: 'MISSING_SECRET',
        message: `environment variable "${variable}" is not set`,
        notes: [{ message: `set it: export ${variable}=…` }],
      });
    }
    throw new MillraceError({
      code: 'MISSING_SECRET',
      message: `secret "${secret}" is not set`,
      notes: [
        { message: `set the environment variable ${secretVariable(secret)}, or SET 'secrets.path' to a folder with a file "${secret}"` },
      ],
    });
  });
}

/** The environment variable that holds a secret: `openai_api_key` → `MILLRACE_SECRET_OPENAI_API_KEY`. */
export function secretVariable(name: string): string {
  return `MILLRACE_SECRET_${name.replaceAll(/[^A-Za-z0-9]/g, '_').toUpperCase()}`;
}
