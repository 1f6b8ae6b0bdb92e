import { columnOf, ROW_KIND_NAMES, type Batch } from '../../spec/batch.js';
import { STRING, type Field } from '../../spec/data-type.js';
import type { Encoder, Format } from '../../spec/format.js';
import type { RowConsumer } from '../../session/statement-result.js';
import type { PrinterOptions } from './row-printer.js';

/** One record a line in a format of tables. Where rows are updated, a first column `op` tells the row kind. */
export function encodedPrinter(
  format: Format,
  options: Readonly<Record<string, string>>,
  { output, timeZone }: PrinterOptions,
): RowConsumer {
  let encoder: Encoder | undefined;
  let showKinds = false;
  /** What stands before the first record and is not written yet. */
  let head = '';
  const takeHead = (): string => {
    const taken = head;
    head = '';
    return taken;
  };
  return {
    begin(fields: readonly Field[], changelogMode) {
      showKinds = changelogMode !== 'insert-only';
      const shown = showKinds ? [{ name: 'op', type: STRING }, ...fields] : fields;
      encoder = format.createEncoder({ options: format.options.parse(options), fields: shown, timeZone });
      head = encoder.header === undefined ? '' : `${encoder.header}\n`;
    },
    write(batch) {
      const records = encoder!.encode(showKinds ? withKinds(batch) : batch);
      return output.write(takeHead() + records.map(record => `${record}\n`).join(''));
    },
    end: () => output.write(takeHead()),
  };
}

function withKinds(batch: Batch): Batch {
  const kinds = Array.from({ length: batch.rowCount }, (_, row) => ROW_KIND_NAMES[batch.rowKinds?.[row] ?? 0]!);
  return { ...batch, columns: [columnOf(STRING, kinds), ...batch.columns] };
}
