import { MillraceError } from '../common/error.js';
import { nearest } from '../common/nearest.js';
import { createZone, type Zone } from '../common/zone.js';
import { checkOptions, readOptions } from '../config/read-options.js';
import { secretSource, type Environment } from '../config/secret-source.js';
import type { SecretSource } from '../config/placeholders.js';
import type { RuntimeMode } from '../planner/physical/lower.js';
import { FLINK_PREFIXES, sessionOptions, type SessionOptions } from '../config/session-options.js';

/** The options that SET changes, for the statements after it. */
export class Settings {
  readonly #values = new Map<string, string>();
  readonly #environment: Environment;
  readonly #warn: (message: string) => void;

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

  /** What was set, in order of the keys. */
  entries(): [string, string][] {
    return [...this.#values].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  get options(): SessionOptions {
    const noSecrets: SecretSource = { secret: () => undefined, variable: name => this.#environment[name] };
    return readOptions({ owner: 'SET', values: this.#values }, [{ schema: sessionOptions }], noSecrets)[0];
  }

  get runtimeMode(): RuntimeMode {
    return this.options['execution.runtime-mode'] === 'BATCH' ? 'batch' : 'streaming';
  }

  get zone(): Zone {
    return zoneOf(this.options['table.local-time-zone']);
  }

  get secrets(): SecretSource {
    return secretSource(this.#environment, this.options['secrets.path']);
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
