import { defineFormat } from '../../spec/format.js';
import { createCsvDecoder } from './csv-decoder.js';
import { createCsvEncoder } from './csv-encoder.js';
import { csvOptions } from './csv-options.js';

/** Fields with a delimiter between them, quoted where needed; Flink's `csv`, with headers. */
export const csv = defineFormat({
  name: 'csv',
  options: csvOptions,
  framing: 'quoted-line',
  createDecoder: ({ fields, declared = fields, options }) => createCsvDecoder({ fields, declared, options }),
  createEncoder: ({ fields, options }) => createCsvEncoder(fields, options),
});
