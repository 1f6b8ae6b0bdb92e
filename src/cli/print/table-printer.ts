import type { Clock } from '../../common/clock.js';
import { toMillraceError } from '../../common/error.js';
import { createZone, type Zone } from '../../common/zone.js';
import type { ChangelogMode, OutputStream } from '../../spec/connector.js';
import { ROW_KIND_NAMES, valueAt, type Batch } from '../../spec/batch.js';
import { isNumber, type Field } from '../../spec/data-type.js';
import { formatValue } from '../../spec/value-text.js';
import type { PrinterOptions, RowPrinter } from './row-printer.js';

/** A wider value does not widen its column. */
const MAX_WIDTH = 60;
/** The first rows wait for each other, so that columns fit them; a stream must not wait for its last row. */
const HELD_ROWS = 100;
const HELD_MS = 1_000;

/**
 * Rows in columns. Widths fit the header and the first rows, and grow when wider values come. Where rows are updated, a
 * first column `op` tells the row kind.
 */
export function tablePrinter({ output, timeZone, clock }: PrinterOptions): RowPrinter {
  return new TablePrinter(output, clock, createZone(timeZone)!);
}

class TablePrinter implements RowPrinter {
  readonly #output: OutputStream;
  readonly #clock: Clock;
  readonly #zone: Zone;
  #header: string[] = [];
  #isRight: boolean[] = [];
  #widths: number[] = [];
  /** Rows that wait for the header; `undefined` once it is written. */
  #held: string[][] | undefined;
  #cancelTimer: (() => void) | undefined;
  /** The output's refusal of rows that the timer wrote, for whoever comes next. */
  #failure: Error | undefined;
  #showKinds = false;
  #rowCount = 0;

  constructor(output: OutputStream, clock: Clock, zone: Zone) {
    this.#output = output;
    this.#clock = clock;
    this.#zone = zone;
  }

  begin(fields: readonly Field[], changelogMode: ChangelogMode): void {
    this.#showKinds = changelogMode !== 'insert-only';
    this.#header = [...(this.#showKinds ? ['op'] : []), ...fields.map(field => field.name)];
    this.#isRight = [...(this.#showKinds ? [false] : []), ...fields.map(field => isNumber(field.type))];
    this.#widths = this.#header.map(width);
    this.#held = [];
    this.#rowCount = 0;
  }

  write(batch: Batch): void | Promise<void> {
    if (this.#failure) throw this.#failure;
    const rows = Array.from({ length: batch.rowCount }, (_, row) => this.#cells(batch, row));
    this.#rowCount += rows.length;
    if (!this.#held) return this.#output.write(this.#lines(rows));
    this.#held.push(...rows);
    if (this.#held.length >= HELD_ROWS) return this.flush();
    this.#cancelTimer ??= this.#clock.setTimer(HELD_MS, () => void this.#flushLater());
    return undefined;
  }

  async #flushLater(): Promise<void> {
    try {
      await this.flush();
    } catch (thrown) {
      this.#failure = toMillraceError(thrown);
    }
  }

  flush(): void | Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    // A job that failed before its first row has nothing to show.
    return this.#held && this.#held.length > 0 ? this.#start(this.#held) : undefined;
  }

  #start(held: readonly string[][]): void | Promise<void> {
    this.#held = undefined;
    const rows = this.#lines(held);
    return this.#output.write(`${this.#line(this.#header)}${this.#widths.map(each => '-'.repeat(each)).join('-+-')}\n${rows}`);
  }

  async end(): Promise<void> {
    if (this.#failure) throw this.#failure;
    await this.flush();
    if (this.#held) await this.#start([]);
    await this.#output.write(`(${this.#rowCount} ${this.#rowCount === 1 ? 'row' : 'rows'})\n`);
  }

  #cells(batch: Batch, row: number): string[] {
    const values = batch.columns.map(column => {
      const value = valueAt(column, row);
      return value === null ? 'NULL' : clean(formatValue(value, column.type, this.#zone));
    });
    return this.#showKinds ? [ROW_KIND_NAMES[batch.rowKinds?.[row] ?? 0]!, ...values] : values;
  }

  #lines(rows: readonly string[][]): string {
    for (const row of rows) this.#widths = this.#widths.map((before, i) => Math.max(before, Math.min(width(row[i]!), MAX_WIDTH)));
    return rows.map(row => this.#line(row)).join('');
  }

  #line(cells: readonly string[]): string {
    const padded = cells.map((cell, i) => pad(cell, this.#widths[i]!, this.#isRight[i] ? 'right' : 'left'));
    return `${padded.join(' | ').trimEnd()}\n`;
  }
}

/** One row stays one line. */
function clean(text: string): string {
  return text.replaceAll(/[\n\r\t]/g, ' ');
}

/** Characters, not UTF-16 units. */
function width(text: string): number {
  return Array.from(text).length;
}

function pad(text: string, to: number, side: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, to - width(text)));
  return side === 'right' ? space + text : text + space;
}
