import { z } from 'zod';
import { malformedRecord } from '../kit/malformed-record.js';
import { batchOfRows, rowAt, type Value } from '../spec/batch.js';
import type { Field } from '../spec/data-type.js';
import { defineFormat, type Decoder } from '../spec/format.js';
import { flag, option } from '../spec/option.js';

const options = z.object({
  header: option(flag().default(false), { doc: 'Whether files start with a line of names.' }),
  'skip-bad': option(flag().default(false), { doc: 'Whether malformed records are skipped.' }),
});

/**
 * The format that connectors are tested with: `12|text`, for columns of BIGINT and STRING, with `NULL` for NULL. A header
 * is `#` and the names in the file's order; lines with `##` before it are comments.
 */
export const bar = defineFormat({
  name: 'bar',
  options,
  framing: 'line',
  createDecoder({ fields, options: { header, 'skip-bad': skipsBad } }) {
    const decoderFor = (names: readonly string[]): Decoder => ({
      decode(records) {
        const rows: Value[][] = [];
        let skipped = 0;
        records.forEach((record, i) => {
          const parts = record.split('|');
          const row = fields.map(field => valueOf(parts[names.indexOf(field.name)], field));
          if (parts.length === names.length && !row.includes(undefined)) rows.push(row as Value[]);
          else if (skipsBad) skipped++;
          else throw malformedRecord({ record: i, message: `not of the fields: ${record}` });
        });
        return { batch: batchOfRows(fields, rows), skipped };
      },
    });
    const byPlace = decoderFor(fields.map(field => field.name));
    if (!header) return byPlace;
    return {
      ...byPlace,
      withHeader(record) {
        if (record.startsWith('##')) return undefined;
        if (!record.startsWith('#')) throw malformedRecord({ record: 0, message: `no header: ${record}` });
        return decoderFor(record.slice(1).split('|'));
      },
    };
  },
  createEncoder: ({ fields, options: { header } }) => ({
    fileExtension: 'bar',
    ...(header && { header: `#${fields.map(field => field.name).join('|')}` }),
    encode: batch =>
      Array.from({ length: batch.rowCount }, (_, row) =>
        rowAt(batch, row)
          .map(value => (value === null ? 'NULL' : String(value)))
          .join('|'),
      ),
  }),
});

function valueOf(text: string | undefined, { type }: Field): Value | undefined {
  if (text === undefined || text === 'NULL') return text === undefined ? undefined : null;
  if (type.kind !== 'BIGINT') return text;
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}
