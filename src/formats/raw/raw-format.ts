import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { toLong, type Long } from '../../common/long.js';
import { ColumnBuilder } from '../../kit/column-builder.js';
import { malformedRecord } from '../../kit/malformed-record.js';
import { ownText } from '../../kit/own-text.js';
import { valueAt, type Value } from '../../spec/batch.js';
import { formatType, type DataType, type Field } from '../../spec/data-type.js';
import { defineFormat, type Charset, type FormatContext } from '../../spec/format.js';
import { oneOf, option } from '../../spec/option.js';

const options = z.object({
  charset: option(oneOf('UTF-8', 'ISO-8859-1', 'UTF8', 'latin1').default('UTF-8'), {
    doc: 'How the bytes of a STRING are read and written.',
  }),
  endianness: option(oneOf('big-endian', 'little-endian').default('big-endian'), { doc: 'The order of the bytes of a number.' }),
});

type RawOptions = z.output<typeof options>;

/** How values of one type stand in the text of a record. */
interface Codec {
  readonly charset: Charset;
  /** `undefined` where the record has another length. */
  readonly decode: (record: string) => Value | undefined;
  readonly encode: (value: Value) => string;
}

/** The record itself as the value of a table's only column; Flink's `raw`. Numbers stand in binary. */
export const raw = defineFormat({
  name: 'raw',
  options,
  framing: 'every-line',
  createDecoder(context) {
    const { field, codec } = onlyColumn(context);
    const isRead = context.fields.length > 0;
    return {
      charset: codec.charset,
      decode(records) {
        const builder = new ColumnBuilder(field.type, records.length);
        records.forEach((record, i) => {
          const value = codec.decode(record);
          if (value === undefined) throw wrongLength({ record, index: i, field });
          builder.set(i, value);
        });
        return { batch: { kind: 'batch', rowCount: records.length, columns: isRead ? [builder.build()] : [] }, skipped: 0 };
      },
    };
  },
  createEncoder(context) {
    const { codec } = onlyColumn(context);
    return {
      charset: codec.charset,
      fileExtension: 'txt',
      encode(batch) {
        const column = batch.columns[0]!;
        const records: string[] = [];
        for (let row = 0; row < batch.rowCount; row++) {
          const value = valueAt(column, row);
          records.push(value === null ? '' : codec.encode(value));
        }
        return records;
      },
    };
  },
});

/** The table's column, whether a query reads it or not. */
function onlyColumn({ fields, declared = fields, options: chosen }: FormatContext<RawOptions>): {
  readonly field: Field;
  readonly codec: Codec;
} {
  const [field] = declared;
  if (field === undefined || declared.length > 1) {
    throw new MillraceError({
      code: 'INVALID_DEFINITION',
      message: `format "raw" needs a table with one physical column, and this one has ${declared.length}`,
      notes: [{ message: "use 'format' = 'json' or 'csv' for several columns" }],
    });
  }
  const codec = codecOf(field.type, chosen);
  if (codec !== undefined) return { field, codec };
  throw new MillraceError({
    code: 'UNSUPPORTED',
    message: `column "${field.name}" is ${formatType(field.type, 'ignore')}, which format "raw" cannot hold`,
    notes: [{ message: 'declare it as STRING or BYTES, and cast it in the query' }],
  });
}

function codecOf(type: DataType, { charset, endianness }: RawOptions): Codec | undefined {
  const littleEndian = endianness === 'little-endian';
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return charset.toUpperCase().startsWith('UTF')
        ? { charset: 'utf8', decode: ownText, encode: String }
        : { charset: 'latin1', decode: ownText, encode: latin1Text };
    case 'BINARY':
    case 'VARBINARY':
      return {
        charset: 'latin1',
        decode: record => new Uint8Array(Buffer.from(record, 'latin1')),
        encode: value => Buffer.from(value as Uint8Array).toString('latin1'),
      };
    case 'BOOLEAN':
      return binary({ length: 1, read: view => view.getUint8(0) !== 0, write: (view, value) => view.setUint8(0, value === true ? 1 : 0) });
    case 'TINYINT':
      return binary({ length: 1, read: view => view.getInt8(0), write: (view, value) => view.setInt8(0, value as number) });
    case 'SMALLINT':
      return binary({
        length: 2,
        read: view => view.getInt16(0, littleEndian),
        write: (view, value) => view.setInt16(0, value as number, littleEndian),
      });
    case 'INT':
      return binary({
        length: 4,
        read: view => view.getInt32(0, littleEndian),
        write: (view, value) => view.setInt32(0, value as number, littleEndian),
      });
    case 'BIGINT':
      return binary({
        length: 8,
        read: view => toLong(view.getBigInt64(0, littleEndian)),
        write: (view, value) => view.setBigInt64(0, BigInt(value as Long), littleEndian),
      });
    case 'FLOAT':
      return binary({
        length: 4,
        read: view => view.getFloat32(0, littleEndian),
        write: (view, value) => view.setFloat32(0, value as number, littleEndian),
      });
    case 'DOUBLE':
      return binary({
        length: 8,
        read: view => view.getFloat64(0, littleEndian),
        write: (view, value) => view.setFloat64(0, value as number, littleEndian),
      });
    default:
      return undefined;
  }
}

interface Binary {
  /** In bytes. */
  readonly length: number;
  readonly read: (view: DataView) => Value;
  readonly write: (view: DataView, value: Value) => void;
}

function binary({ length, read, write }: Binary): Codec {
  const bytes = Buffer.alloc(length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  return {
    charset: 'latin1',
    decode(record) {
      if (record.length !== length) return undefined;
      bytes.write(record, 'latin1');
      return read(view);
    },
    encode(value) {
      write(view, value);
      return bytes.toString('latin1');
    },
  };
}

/** Java writes a question mark for what the charset does not have. */
function latin1Text(value: Value): string {
  // eslint-disable-next-line no-control-regex
  return String(value).replace(/[^\u0000-\u00ff]/gu, '?');
}

function wrongLength({
  record,
  index,
  field: { name, type },
}: {
  readonly record: string;
  readonly index: number;
  readonly field: Field;
}): MillraceError {
  return malformedRecord({
    record: index,
    message: `column "${name}" is ${formatType(type, 'ignore')} in binary, and the record has ${record.length} bytes`,
    note: "numbers that are written as text are read with 'format' = 'csv'",
  });
}
