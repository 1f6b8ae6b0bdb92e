import type { LogFields, Logger } from '../common/logger.js';

/** A logger whose texts go through `mask` first. */
export function maskedLogger(log: Logger, mask: (text: string) => string): Logger {
  const fieldsOf = (fields: LogFields | undefined): LogFields | undefined =>
    fields && Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? mask(value) : value]));
  return {
    debug: (message, fields) => log.debug(mask(message), fieldsOf(fields)),
    info: (message, fields) => log.info(mask(message), fieldsOf(fields)),
    warn: (message, fields) => log.warn(mask(message), fieldsOf(fields)),
    error: (message, fields) => log.error(mask(message), fieldsOf(fields)),
  };
}
