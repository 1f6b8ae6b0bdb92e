import type { MillraceError } from '../../common/error.js';
import { excerpt } from '../../kit/excerpt.js';
import { malformedIndex, malformedRecord, repositioned } from '../../kit/malformed-record.js';
import type { Column } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import type { DecodeResult, Decoder } from '../../spec/format.js';
import { checkJsonFields } from './check-json-type.js';
import { compileDecoder, type DecodedColumns } from './compile-decoder.js';
import { checkJsonOptions, timestampStyle, type JsonOptions } from './json-options.js';
import { locateJsonError } from './locate-json-error.js';
import { hasLongDigits } from './long-digits.js';
import { quickReader } from './quick-value.js';
import { elementsOf, membersOf } from './raw-json.js';
import { BadValue, rawReader, type ReadRules } from './raw-value.js';

/**
 * @throws {MillraceError} `UNSUPPORTED` for columns that JSON cannot hold, `INVALID_OPTION` for options that exclude each other.
 */
export function createJsonDecoder(fields: readonly Field[], options: JsonOptions): Decoder {
  checkJsonFields(fields);
  checkJsonOptions(options);
  const skipsBad = options['ignore-parse-errors'];
  const rules: ReadRules = {
    missing: options['fail-on-missing-field'] ? 'error' : 'null',
    badValue: skipsBad ? 'null' : 'error',
    timestamps: timestampStyle(options),
  };
  const readers = fields.map(field => rawReader(field, rules));
  const members = memberCache();

  const compiled = compileDecoder(fields, {
    hasLongDigits,
    quick: fields.map(field => quickReader(field.type, rules)),
    parse(text, record) {
      const root = parseJson(text);
      if (typeof root === 'object') return root;
      if (skipsBad) return undefined;
      throw root === undefined ? notJson(text, record) : notObject(text, record);
    },
    slow(text, record, column) {
      const raw = members.of(text).get(fields[column]!.name);
      try {
        return readers[column]!(raw);
      } catch (error) {
        if (!(error instanceof BadValue)) throw error;
        if (skipsBad) return undefined;
        throw badColumn({ error, text, raw, record });
      }
    },
  });

  function decode(records: readonly string[]): DecodedColumns {
    const decoded = compiled(records);
    if (decoded !== undefined) return decoded;
    const { texts, origins } = takeArraysApart(records);
    try {
      return compiled(texts)!;
    } catch (error) {
      const index = malformedIndex(error);
      throw index === undefined ? error : repositioned(error as MillraceError, `record ${origins[index]}`);
    }
  }

  return {
    decode(records): DecodeResult {
      try {
        const { rowCount, skipped, values, nulls } = decode(records);
        const columns = fields.map(({ type }, c): Column => ({ type, values: values[c]!, nulls: nulls[c] }));
        return { batch: { kind: 'batch', rowCount, columns }, skipped };
      } finally {
        members.clear();
      }
    },
  };
}

/** The root of a JSON text; `undefined` where the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The members of the record that was asked for last: several columns of a row ask one after the other. */
function memberCache() {
  let lastText: string | undefined;
  let lastMembers: ReadonlyMap<string, string> = new Map();
  return {
    of(text: string): ReadonlyMap<string, string> {
      if (text !== lastText) {
        lastMembers = membersOf(text);
        lastText = text;
      }
      return lastMembers;
    },
    clear(): void {
      lastText = undefined;
      lastMembers = new Map();
    },
  };
}

/** An array stands for one record per element, as in Flink. */
function takeArraysApart(records: readonly string[]): { readonly texts: string[]; readonly origins: number[] } {
  const texts: string[] = [];
  const origins: number[] = [];
  records.forEach((record, i) => {
    for (const text of Array.isArray(parseJson(record)) ? elementsOf(record) : [record]) {
      // An array inside an array is no row; this text is none either, and shows what was found.
      texts.push(text.startsWith('[') ? JSON.stringify(text) : text);
      origins.push(i);
    }
  });
  return { texts, origins };
}

function notJson(text: string, record: number): MillraceError {
  if (text.trim() === '') return malformedRecord({ record, message: 'the record is empty' });
  const { at, expected } = locateJsonError(text);
  const found = at >= text.length ? 'the record ends' : `found ${JSON.stringify(text[at])}`;
  return malformedRecord({
    record,
    message: `the record is not JSON: expected ${expected} at character ${at + 1}, ${found}: ${excerpt(text, at)}`,
  });
}

function notObject(text: string, record: number): MillraceError {
  return malformedRecord({ record, message: `the record is not a JSON object: ${excerpt(text)}` });
}

function badColumn({
  error,
  text,
  raw,
  record,
}: {
  readonly error: BadValue;
  readonly text: string;
  readonly raw: string | undefined;
  readonly record: number;
}): MillraceError {
  const at = raw === undefined ? 0 : Math.max(0, text.indexOf(raw));
  return malformedRecord({ record, message: `column ${error.message}: ${excerpt(text, at)}`, note: error.note });
}
