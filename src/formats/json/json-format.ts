import { defineFormat } from '../../spec/format.js';
import { createJsonDecoder } from './json-decoder.js';
import { createJsonEncoder } from './json-encoder.js';
import { jsonOptions } from './json-options.js';

/** One JSON object a record, members by column name; Flink's `json`. */
export const json = defineFormat({
  name: 'json',
  options: jsonOptions,
  framing: 'line',
  createDecoder: ({ fields, options }) => createJsonDecoder(fields, options),
  createEncoder: ({ fields, options }) => createJsonEncoder(fields, options),
});
