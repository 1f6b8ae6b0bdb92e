import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../common/error.js';
import { batchOfRows, type Batch, type Value } from '../spec/batch.js';
import type { Field } from '../spec/data-type.js';
import type { Decoder, Encoder, Format, QuoteState } from '../spec/format.js';
import type { OptionSchema } from '../spec/option.js';
import { rowsOf } from './batch-rows.js';

export interface FormatContract<Options extends OptionSchema> {
  readonly format: Format<Options>;
  /** Options as in the WITH clause, without the format's name in front. */
  readonly options?: Readonly<Record<string, string>>;
  readonly fields: readonly Field[];
  /** At least two rows that the format can hold, in the form of `Value`. */
  readonly rows: readonly (readonly Value[])[];
  /** Records that are no rows of the fields. */
  readonly malformed: readonly string[];
  /** Options with which malformed records are skipped; absent for a format that skips none. */
  readonly skipping?: Readonly<Record<string, string>>;
}

/** What every format must hold to. A format's own test calls this for each kind of table that it reads differently. */
export function formatContract<Options extends OptionSchema>(contract: FormatContract<Options>): void {
  const { format, fields, rows, malformed, skipping } = contract;
  const { decoder, encoder } = openFormat(contract);
  const batch = batchOfRows(fields, rows);
  const name = `${format.name} with ${fields.map(field => field.name).join(', ')}`;

  test(`${name}: encoding and decoding gives the same rows`, () => {
    const records = encoder.encode(batch);
    assert.equal(records.length, rows.length);
    assert.deepEqual(decodedRows(decoder, records), rows);
  });

  test(`${name}: a record is one line${format.framing === 'quoted-line' ? ', apart from newlines in quotes' : ''}`, () => {
    for (const record of encoder.encode(batch)) {
      const lines = record.split('\n');
      let state: QuoteState = 'closed';
      lines.forEach((line, i) => {
        if (format.framing === 'quoted-line') state = decoder.quoteState!(line, state);
        assert.equal(state, i < lines.length - 1 ? 'open' : 'closed');
      });
    }
  });

  test(`${name}: records decode the same one by one and together`, () => {
    const records = encoder.encode(batch);
    const { decoder: other } = openFormat(contract);
    assert.deepEqual(
      records.flatMap(record => decodedRows(other, [record])),
      decodedRows(decoder, records),
    );
  });

  test(`${name}: a batch has a column of the declared type for each field`, () => {
    for (const records of [encoder.encode(batch), []]) {
      const decoded = decoder.decode(records).batch;
      assert.equal(decoded.rowCount, records.length);
      assert.deepEqual(
        decoded.columns.map(column => column.type),
        fields.map(field => field.type),
      );
      for (const column of decoded.columns) assert.ok(column.values.length >= decoded.rowCount);
    }
    assert.deepEqual(encoder.encode(batchOfRows(fields, [])), []);
  });

  test(`${name}: row kinds do not change a record`, () => {
    const updates: Batch = { ...batch, rowKinds: new Uint8Array(batch.rowCount).fill(2) };
    assert.deepEqual(encoder.encode(updates), encoder.encode(batch));
  });

  for (const record of malformed) {
    test(`${name}: ${JSON.stringify(record)} is an error that says which record it is`, () => {
      const good = encoder.encode(batch);
      assert.equal(errorOf(decoder, [record]).context.position, 'record 0');
      assert.equal(errorOf(decoder, [...good, record, ...good]).context.position, `record ${good.length}`);
    });

    if (skipping === undefined) continue;
    test(`${name}: ${JSON.stringify(record)} is skipped where the options say so`, () => {
      const good = encoder.encode(batch);
      const lenient = openFormat({ ...contract, options: { ...contract.options, ...skipping } }).decoder;
      const result = lenient.decode([record, ...good, record]);
      assert.equal(result.skipped, 2);
      assert.deepEqual(rowsOf(result.batch), rows);
    });
  }
}

/** A format's decoder and encoder for a table, with options as in the WITH clause. */
export function openFormat<Options extends OptionSchema>({
  format,
  fields,
  options = {},
}: Pick<FormatContract<Options>, 'format' | 'fields' | 'options'>): { readonly decoder: Decoder; readonly encoder: Encoder } {
  const context = { options: format.options.parse(options), fields, timeZone: 'UTC' };
  return { decoder: format.createDecoder(context), encoder: format.createEncoder(context) };
}

function decodedRows(decoder: Decoder, records: readonly string[]): Value[][] {
  const { batch, skipped } = decoder.decode(records);
  assert.equal(skipped, 0);
  return rowsOf(batch);
}

function errorOf(decoder: Decoder, records: readonly string[]): MillraceError {
  try {
    decoder.decode(records);
  } catch (thrown) {
    assert.ok(MillraceError.is(thrown), String(thrown));
    assert.equal(thrown.code, 'MALFORMED_RECORD');
    return thrown;
  }
  return assert.fail('the record was decoded');
}
