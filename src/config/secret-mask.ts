import { Secret } from '../spec/option.js';
import type { SecretSource } from './placeholders.js';

/** Shorter ones stand in too many texts that have nothing to do with them. */
const SHORTEST = 6;

/** Takes the secrets that a session has read out of texts that leave it. Grows with what is read. */
export class SecretMask {
  readonly #values = new Set<string>();

  /** The source, whose secrets are masked from when they are read. Variables are not: many are paths and names. */
  watching(source: SecretSource): SecretSource {
    return {
      variable: name => source.variable(name),
      secret: name => {
        const value = source.secret(name);
        if (value !== undefined) this.#learn(value);
        return value;
      },
    };
  }

  /** Masks the credentials among parsed options, which may also stand in the text of a statement. */
  learn(options: unknown): void {
    if (options instanceof Secret) this.#learn(options.reveal());
    else if (typeof options === 'object' && options !== null) for (const value of Object.values(options)) this.learn(value);
  }

  /** The text with `******` in place of every secret, also where it stands as in a JSON text or a URL. */
  mask(text: string): string {
    let masked = text;
    for (const value of this.#values) if (masked.includes(value)) masked = masked.replaceAll(value, '******');
    return masked;
  }

  #learn(value: string): void {
    for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]) {
      if (form.length >= SHORTEST) this.#values.add(form);
    }
  }
}
