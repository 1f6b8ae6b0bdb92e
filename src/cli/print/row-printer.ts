import type { Clock } from '../../common/clock.js';
import type { Extensions } from '../../session/extensions.js';
import type { RowConsumer } from '../../session/statement-result.js';
import type { OutputStream } from '../../spec/connector.js';
import { changelogPrinter } from './changelog-printer.js';
import { encodedPrinter } from './encoded-printer.js';
import { tablePrinter } from './table-printer.js';

export const OUTPUT_FORMATS = ['table', 'jsonl', 'csv', 'changelog'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface PrinterOptions {
  readonly output: OutputStream;
  readonly clock: Clock;
  /** IANA name of the session's zone. */
  readonly timeZone: string;
  readonly extensions: Extensions;
}

/** Writes rows for people or programs. */
export interface RowPrinter extends RowConsumer {
  /** Writes what is held back; called when a job ends, in any way. */
  flush?(): void | Promise<void>;
}

/** Writes rows of results in one of the formats of the command line. */
export async function rowPrinter(format: OutputFormat, options: PrinterOptions): Promise<RowPrinter> {
  switch (format) {
    case 'table':
      return tablePrinter(options);
    case 'changelog':
      return changelogPrinter(options);
    case 'jsonl':
      return encodedPrinter(await options.extensions.formats['json']!(), { 'encode.decimal-as-plain-number': 'true' }, options);
    case 'csv':
      return encodedPrinter(await options.extensions.formats['csv']!(), { header: 'true' }, options);
  }
}
