import { ColumnBuilder } from '../../kit/column-builder.js';
import { excerpt } from '../../kit/excerpt.js';
import { malformedRecord } from '../../kit/malformed-record.js';
import type { Batch } from '../../spec/batch.js';
import { formatType, type Field } from '../../spec/data-type.js';
import type { DecodeResult, Decoder } from '../../spec/format.js';
import { csvSyntax, type CsvOptions, type CsvSyntax } from './csv-options.js';
import { checkCsvFields, fieldReader, type FieldReader } from './csv-value.js';
import { BadQuotes, quoteStateAfter, splitRecord, type SplitRecord } from './split-record.js';

/** How the columns of a table stand in the records of a file. */
interface Layout {
  /** Fields of a record. */
  readonly fieldCount: number;
  /** By column, its place in a record. */
  readonly places: readonly number[];
}

export interface CsvDecoderInit {
  /** The columns to read. */
  readonly fields: readonly Field[];
  /** The columns that stand in a record, in their order. */
  readonly declared: readonly Field[];
  readonly options: CsvOptions;
}

/** @throws {MillraceError} `UNSUPPORTED` for columns that CSV cannot hold, `INVALID_OPTION` for options that contradict each other. */
export function createCsvDecoder({ fields, declared, options }: CsvDecoderInit): Decoder {
  checkCsvFields(declared);
  const syntax = csvSyntax(options);
  const readers = fields.map(field => fieldReader(field, options));
  const declaredNames = declared.map(field => field.name);
  const byPlace: Layout = { fieldCount: declared.length, places: fields.map(field => declaredNames.indexOf(field.name)) };
  const decoderFor = (layout: Layout): Decoder => ({
    quoteState: (line, start) => quoteStateAfter(line, start, syntax),
    decode: records => decode({ fields, readers, options, syntax, layout }, records),
  });
  if (!options.header) return decoderFor(byPlace);
  return {
    ...decoderFor(byPlace),
    withHeader: record => (options['allow-comments'] && record.startsWith('#') ? undefined : decoderFor(layoutOf(record, fields, syntax))),
  };
}

function layoutOf(header: string, fields: readonly Field[], syntax: CsvSyntax): Layout {
  const split = trySplit(header, syntax);
  if (split instanceof BadQuotes)
    throw malformedRecord({ record: 0, message: `${split.message}, in the header: ${excerpt(header, split.at)}` });
  const names = split.fields.map(name => name.trim());
  const places = fields.map(({ name }) => {
    const place = names.indexOf(name);
    if (place !== -1 && names.indexOf(name, place + 1) === -1) return place;
    const problem = place === -1 ? 'has no column' : 'names twice the column';
    throw malformedRecord({
      record: 0,
      message: `the header ${problem} "${name}": ${excerpt(header)}`,
      note: "without 'csv.header', columns are read by place",
    });
  });
  return { fieldCount: names.length, places };
}

function trySplit(record: string, syntax: CsvSyntax): SplitRecord | BadQuotes {
  try {
    return splitRecord(record, syntax);
  } catch (error) {
    if (error instanceof BadQuotes) return error;
    throw error;
  }
}

interface Decoding {
  readonly fields: readonly Field[];
  readonly readers: readonly FieldReader[];
  readonly options: CsvOptions;
  readonly syntax: CsvSyntax;
  readonly layout: Layout;
}

function decode(decoding: Decoding, records: readonly string[]): DecodeResult {
  const rows = new RowBuilder(decoding, records.length);
  const comments = decoding.options['allow-comments'];
  const skipsBad = decoding.options['ignore-parse-errors'];
  let skipped = 0;
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!;
    if (comments && record.startsWith('#')) continue;
    const problem = rows.add(record);
    if (problem === undefined) continue;
    if (!skipsBad) throw malformedRecord({ record: i, message: problem });
    skipped++;
  }
  return { batch: rows.build(), skipped };
}

class RowBuilder {
  readonly #decoding: Decoding;
  readonly #builders: readonly ColumnBuilder[];
  #row = 0;

  constructor(decoding: Decoding, capacity: number) {
    this.#decoding = decoding;
    this.#builders = decoding.fields.map(({ type }) => new ColumnBuilder(type, capacity));
  }

  /** Adds a record's row; gives the reason where the record is none. */
  add(record: string): string | undefined {
    const { fields, readers, options, syntax, layout } = this.#decoding;
    const skipsBad = options['ignore-parse-errors'];
    const split = trySplit(record, syntax);
    if (split instanceof BadQuotes) return `${split.message}: ${excerpt(record, split.at)}`;
    const { fields: texts, written } = split;
    if (!fitsLayout(texts, layout, skipsBad ? 'may-miss-fields' : 'complete')) {
      return `the record has ${texts.length} fields, and ${layout.fieldCount} were expected: ${excerpt(record)}`;
    }
    for (let c = 0; c < fields.length; c++) {
      const place = layout.places[c]!;
      const text = texts[place];
      let value = text === undefined ? null : readers[c]!(text, written?.[place]);
      if (value === undefined && skipsBad) value = null;
      if (value === undefined || (value === null && !fields[c]!.type.nullable))
        return badField({ record, field: fields[c]!, text: text ?? '' });
      this.#builders[c]!.set(this.#row, value);
    }
    this.#row++;
    return undefined;
  }

  build(): Batch {
    return { kind: 'batch', rowCount: this.#row, columns: this.#builders.map(builder => builder.build()) };
  }
}

/** Whether a record has the fields of its file; as in Jackson, one delimiter may follow the last one. */
function fitsLayout(texts: readonly string[], { fieldCount }: Layout, wanted: 'complete' | 'may-miss-fields'): boolean {
  if (texts.length === fieldCount) return true;
  if (texts.length < fieldCount) return wanted === 'may-miss-fields';
  return texts.length === fieldCount + 1 && texts[fieldCount] === '';
}

function badField({
  record,
  field: { name, type },
  text,
}: {
  readonly record: string;
  readonly field: Field;
  readonly text: string;
}): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  const problem = text === '' && !type.nullable ? 'is empty, and it is NOT NULL' : `is "${shown}", which is no ${formatType(type)}`;
  return `column "${name}" ${problem}: ${excerpt(record, Math.max(0, record.indexOf(text)))}`;
}
