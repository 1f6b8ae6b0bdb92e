import { z } from 'zod';
import { createZone, UTC, type Zone } from '../../common/zone.js';
import { ROW_KIND_NAMES, valueAt, type Batch } from '../../spec/batch.js';
import { defineConnector, type OutputStream } from '../../spec/connector.js';
import { flag, option, text } from '../../spec/option.js';
import { formatValue } from '../../spec/value-text.js';

const options = z.object({
  'print-identifier': option(text().optional(), { doc: 'Stands in front of each row, with `> ` after it.' }),
  'standard-error': option(flag().default(false), { doc: 'Whether rows go to the error stream instead of the output.' }),
});

/** Writes rows as lines with their row kind: `+I[1, Alice, 2.5]`. */
export const print = defineConnector({
  name: 'print',
  options,
  format: 'none',
  createSink(table) {
    const zone = createZone(table.timeZone) ?? UTC;
    const identifier = table.options['print-identifier'];
    const output = table.options['standard-error'] ? errorStream() : table.output;
    const prefix = identifier === undefined ? '' : `${identifier}> `;
    return {
      changelogMode: 'all',
      openWriter: () =>
        Promise.resolve({
          write: batch => (batch.rowCount === 0 ? undefined : output.write(linesOf({ batch, prefix, zone }))),
          prepareCommit: () => Promise.resolve(undefined),
          close: () => Promise.resolve(),
        }),
    };
  },
});

function linesOf({ batch, prefix, zone }: { readonly batch: Batch; readonly prefix: string; readonly zone: Zone }): string {
  const { columns, rowKinds } = batch;
  let lines = '';
  for (let row = 0; row < batch.rowCount; row++) {
    lines += `${prefix}${ROW_KIND_NAMES[rowKinds?.[row] ?? 0]!}[`;
    for (let c = 0; c < columns.length; c++) {
      const column = columns[c]!;
      lines += `${c === 0 ? '' : ', '}${formatValue(valueAt(column, row), column.type, zone)}`;
    }
    lines += ']\n';
  }
  return lines;
}

function errorStream(): OutputStream {
  return {
    write: lines =>
      new Promise((resolve, reject) => {
        process.stderr.write(lines, error => (error ? reject(error) : resolve()));
      }),
  };
}
