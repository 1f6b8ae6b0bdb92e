import { createRequire } from 'node:module';
import type { Clock } from '../common/clock.js';
import type { LogFields, Logger } from '../common/logger.js';
import type { OutputStream } from '../spec/connector.js';

/** From the least to the most important. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LoggerInit {
  /** Lines below it are left out. */
  readonly level: LogLevel;
  /** `text` for people; `json` is one object a line, with `level`, `time`, `msg` and the fields. */
  readonly format: LogFormat;
  readonly output: OutputStream;
  readonly clock: Clock;
}

type Write = (level: LogLevel, message: string, fields: LogFields) => void;

/** A log as lines of an output. */
export function createLogger(init: LoggerInit): Logger {
  const write = init.format === 'json' ? jsonWriter(init) : textWriter(init);
  const least = LOG_LEVELS.indexOf(init.level);
  const at = (level: LogLevel): Logger[LogLevel] =>
    LOG_LEVELS.indexOf(level) < least ? () => {} : (message, fields = {}) => write(level, message, fields);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** `05:42:08.123 warn  the service throttles; calls wait  model=chat waitMs=300`, in UTC. */
function textWriter({ output, clock }: LoggerInit): Write {
  return (level, message, fields) => {
    const time = new Date(clock.now()).toISOString().slice(11, 23);
    const known = Object.entries(fields).filter(([, value]) => value !== undefined);
    const tail = known.map(([name, value]) => `${name}=${fieldText(value!)}`).join(' ');
    void output.write(`${time} ${level.padEnd(5)} ${message}${tail === '' ? '' : `  ${tail}`}\n`);
  };
}

/** Quoted where it would not be one word. */
function fieldText(value: string | number | boolean): string {
  const text = String(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

function jsonWriter({ level, output, clock }: LoggerInit): Write {
  let logger: ReturnType<typeof import('pino').pino> | undefined;
  return (at, message, fields) => {
    // At the first line only: most runs have none, and loading the library takes longer than a short run.
    logger ??= loadPino().pino(
      {
        level,
        base: null,
        timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
        formatters: { level: label => ({ level: label }) },
      },
      { write: line => void output.write(line) },
    );
    logger[at](fields, message);
  };
}

function loadPino(): typeof import('pino') {
  return createRequire(import.meta.url)('pino') as typeof import('pino');
}
