import { createZone } from '../../common/zone.js';
import { ROW_KIND_NAMES, valueAt, type Batch } from '../../spec/batch.js';
import { formatValue } from '../../spec/value-text.js';
import type { RowConsumer } from '../../session/statement-result.js';
import type { PrinterOptions } from './row-printer.js';

/** One row a line, as Flink's print connector: `+I[1, Alice]`. */
export function changelogPrinter({ output, timeZone }: PrinterOptions): RowConsumer {
  const zone = createZone(timeZone)!;
  const line = (batch: Batch, row: number): string => {
    const values = batch.columns.map(column => {
      const value = valueAt(column, row);
      return value === null ? 'NULL' : formatValue(value, column.type, zone);
    });
    return `${ROW_KIND_NAMES[batch.rowKinds?.[row] ?? 0]}[${values.join(', ')}]\n`;
  };
  return {
    begin() {},
    write: batch => output.write(Array.from({ length: batch.rowCount }, (_, row) => line(batch, row)).join('')),
    end() {},
  };
}
