import type { Logger } from '../common/logger.js';
import type { CommandContext } from './command-context.js';
import { logFailure } from './log-failure.js';
import { createLogger } from './logger.js';
import { reportError, type StatementPlace } from './report-error.js';
import type { RunOptions } from './run-command.js';

/** What a run says on stderr besides its progress: words for people, or lines of a log for machines. */
export interface RunMessages {
  readonly log: Logger;
  /** Whether progress and summary are wanted. */
  readonly isForPeople: boolean;
  /** Something went on that nobody needs to act on. */
  tell(message: string): void;
  warn(message: string): void;
  /** The end of a run that failed. */
  failed(thrown: unknown, place?: StatementPlace): void;
}

export function runMessages(options: Pick<RunOptions, 'log' | 'verbosity'>, { stderr, isTerminal, host }: CommandContext): RunMessages {
  const { level, format } = options.log;
  const log = createLogger({ level, format: format ?? (isTerminal ? 'text' : 'json'), output: stderr, clock: host.clock });
  if (format === 'json') {
    return {
      log,
      isForPeople: false,
      tell: message => log.info(message),
      warn: message => log.warn(message),
      failed: (thrown, place) => logFailure(log, thrown, place),
    };
  }
  const isForPeople = options.verbosity === 'normal';
  return {
    log,
    isForPeople,
    tell(message) {
      if (isForPeople) void stderr.write(`${message}\n`);
    },
    warn: message => void stderr.write(`warning: ${message}\n`),
    failed: (thrown, place) => void stderr.write(`${reportError(thrown, place)}\n`),
  };
}
