import { MillraceError } from '../common/error.js';
import { nearest } from '../common/nearest.js';
import { maskPasswords } from '../common/sensitive-key.js';
import { createZone, type Zone } from '../common/zone.js';
import { checkOptions, readOptions } from '../config/read-options.js';
import { SecretMask } from '../config/secret-mask.js';
import { secretSource, type Environment } from '../config/secret-source.js';
import type { SecretSource } from '../config/placeholders.js';
import type { OptionSchema } from '../spec/option.js';
import type { z } from 'zod';
import type { RuntimeMode } from '../planner/physical/lower.js';
import {
  answerStoreOptions,
  FLINK_PREFIXES,
  limitOptions,
  sessionOptions,
  type AnswerStoreOptions,
  type LimitOptions,
  type SessionOptions,
} from '../config/session-options.js';

/** Those whose values may hold secrets, and are read apart. */
const STORE_OPTIONS = { ...limitOptions.shape, ...answerStoreOptions.shape };

/** The options that SET changes, for the statements after it. */
export class Settings {
  readonly #values = new Map<string, string>();
  readonly #environment: Environment;
  readonly #warn: (message: string) => void;
  /** Knows every secret that a statement has read. */
  readonly mask = new SecretMask();

  constructor(environment: Environment, warn: (message: string) => void) {
    this.#environment = environment;
    this.#warn = warn;
  }

  /** @throws {MillraceError} `UNKNOWN_OPTION` or `INVALID_OPTION`, without a span. */
  set(key: string, value: string): void {
    if (!(key in sessionOptions.shape) && FLINK_PREFIXES.some(prefix => key.startsWith(prefix))) {
      const suggestion = nearest(key, Object.keys(sessionOptions.shape));
      this.#warn(`SET '${key}' has no effect on the embedded engine${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`);
      return;
    }
    const one = { owner: 'SET', values: new Map([[key, value]]) };
    checkOptions(one, [{ schema: sessionOptions }]);
    if (key === 'table.local-time-zone') zoneOf(value);
    this.#values.set(key, value);
  }

  /** Back to the default, for one key or for all. */
  reset(key: string | undefined): void {
    if (key === undefined) this.#values.clear();
    else this.#values.delete(key);
  }

  /** What was set, in order of the keys; addresses without their passwords. */
  entries(): [string, string][] {
    return [...this.#values].map(([key, value]): [string, string] => [key, maskPasswords(value)]).toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  /** All but those of `limits` and `answerStore`. */
  get options(): Omit<SessionOptions, keyof LimitOptions | keyof AnswerStoreOptions> {
    const noSecrets: SecretSource = { secret: () => undefined, variable: name => this.#environment[name] };
    return this.#read(sessionOptions, key => !(key in STORE_OPTIONS), noSecrets);
  }

  /** Apart from the others, since an address may hold secrets: one that is missing concerns those who use it. */
  get limits(): LimitOptions {
    return this.#readStore(limitOptions);
  }

  /** Apart, as `limits`. */
  get answerStore(): AnswerStoreOptions {
    return this.#readStore(answerStoreOptions);
  }

  #readStore<Schema extends OptionSchema>(schema: Schema): z.output<Schema> {
    const options = this.#read(schema, key => key in schema.shape, this.secrets);
    this.mask.learn(options);
    return options;
  }

  #read<Schema extends OptionSchema>(schema: Schema, isWanted: (key: string) => boolean, secrets: SecretSource): z.output<Schema> {
    const values = new Map([...this.#values].filter(([key]) => isWanted(key)));
    return readOptions({ owner: 'SET', values }, [{ schema }], secrets)[0];
  }

  get runtimeMode(): RuntimeMode {
    return this.options['execution.runtime-mode'] === 'BATCH' ? 'batch' : 'streaming';
  }

  get zone(): Zone {
    return zoneOf(this.options['table.local-time-zone']);
  }

  get secrets(): SecretSource {
    return this.mask.watching(secretSource(this.#environment, this.options['secrets.path']));
  }
}

function zoneOf(name: string): Zone {
  const zone = createZone(name);
  if (zone) return zone;
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `"${name}" is no time zone`,
    notes: [{ message: "write an IANA name such as 'Europe/Berlin', or an offset such as '+02:00'" }],
  });
}
