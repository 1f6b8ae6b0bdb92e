/** Members of a log line besides its message: names and numbers, never a row, a prompt or a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Takes events that operators of the program want to see. Passed in; what a line looks like is the host's matter. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** For hosts that want no log. */
export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };
