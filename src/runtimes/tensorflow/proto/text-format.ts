import protobuf from 'protobufjs';
import { MillraceError } from '../../../common/error.js';

type Message = Record<string, unknown>;

const MAX_DEPTH = 100;
const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };
const INTEGER_TYPES = new Set(['int32', 'int64', 'uint32', 'uint64', 'fixed32']);
const PUNCTUATION = new Set('{}<>:[],;');
const BREAKS = /[\s{}<>:[\],;"'#]/;
/** DataType in the order of its numbers (tensorflow/core/framework/types.proto), since text names enum values. */
const DATA_TYPES =
  'INVALID FLOAT DOUBLE INT32 UINT8 INT16 INT8 STRING COMPLEX64 INT64 BOOL QINT8 QUINT8 QINT32 BFLOAT16 QINT16 QUINT16 UINT16 COMPLEX128 HALF RESOURCE VARIANT UINT32 UINT64'.split(
    ' ',
  );

/**
 * A message of protobuf's text format, such as `saved_model.pbtxt`. Fields that the schema does not have are skipped.
 *
 * @throws {MillraceError} `MODEL_LOAD` with the line of what cannot be read.
 */
export function parseTextFormat(type: protobuf.Type, text: string): object {
  const reader = new TextReader(text);
  return type.fromObject(reader.message(type, undefined, 0));
}

class TextReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  message(type: protobuf.Type | undefined, end: string | undefined, depth: number): Message {
    if (depth > MAX_DEPTH) throw this.#error('messages are nested too deeply');
    const message: Message = Object.create(null) as Message;
    for (;;) {
      const name = this.#next();
      if (name === end) return message;
      if (name === undefined || !/^[A-Za-z_]\w*$/.test(name)) throw this.#error(`expected the name of a field, found ${name ?? 'the end'}`);
      const field = type?.fields[name]?.resolve();
      this.#field(message, field, depth);
      while (this.#peek() === ',' || this.#peek() === ';') this.#next();
    }
  }

  #field(message: Message, field: protobuf.Field | undefined, depth: number): void {
    if (this.#peek() === ':') this.#next();
    if (this.#peek() !== '[') {
      this.#put(message, field, this.#value(field, depth));
      return;
    }
    this.#next();
    while (this.#peek() !== ']') {
      this.#put(message, field, this.#value(field, depth));
      if (this.#peek() === ',') this.#next();
      else if (this.#peek() !== ']') throw this.#error('expected "," or "]" in a list');
    }
    this.#next();
  }

  #value(field: protobuf.Field | undefined, depth: number): unknown {
    const token = this.#next();
    if (token === '{' || token === '<') {
      const end = token === '{' ? '}' : '>';
      if (field === undefined) return this.message(undefined, end, depth + 1);
      if (field instanceof protobuf.MapField) return this.#entry(field, end, depth + 1);
      if (!(field.resolvedType instanceof protobuf.Type)) throw this.#error(`field "${field.name}" is no message`);
      return this.message(field.resolvedType, end, depth + 1);
    }
    if (token === undefined || /^[}>:[\],;]$/.test(token)) throw this.#error(`expected a value, found ${token ?? 'the end'}`);
    if (field === undefined) return undefined;
    return this.#scalar(field.type, this.#joined(token));
  }

  /** Strings that follow each other are one. */
  #joined(token: string): string | Uint8Array {
    if (!/^["']/.test(token)) return token;
    const parts = [unescape(token)];
    while (/^["']/.test(this.#peek() ?? '')) parts.push(unescape(this.#next()!));
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  #entry(field: protobuf.MapField, end: string, depth: number): Message {
    const entry = { key: '', value: undefined as unknown };
    while (this.#peek() !== end) {
      const name = this.#next();
      if (this.#peek() === ':') this.#next();
      if (name === 'key') entry.key = String(this.#scalar('string', this.#joined(this.#next() ?? '')));
      else if (name !== 'value') throw this.#error('expected "key" or "value" in an entry of a map');
      else if (field.resolvedType instanceof protobuf.Type) {
        const open = this.#next();
        if (open !== '{' && open !== '<') throw this.#error('expected a message as the value of an entry');
        entry.value = this.message(field.resolvedType, open === '{' ? '}' : '>', depth + 1);
      } else entry.value = this.#scalar(field.type, this.#joined(this.#next() ?? ''));
    }
    this.#next();
    return entry;
  }

  #scalar(type: string, token: string | Uint8Array): unknown {
    if (type === 'bytes' && typeof token !== 'string') return token;
    if (type === 'string' && typeof token !== 'string') return Buffer.from(token).toString('utf8');
    if (typeof token !== 'string') throw this.#error(`expected a value of type ${type}, found text in quotes`);
    if (type === 'bool') {
      if (['true', 't', 'True', '1'].includes(token)) return true;
      if (['false', 'f', 'False', '0'].includes(token)) return false;
    } else if (INTEGER_TYPES.has(type)) {
      if (/^-?(\d{1,20}|0[xX][0-9a-fA-F]{1,16})$/.test(token)) {
        const size = BigInt(token.replace('-', ''));
        const whole = token.startsWith('-') ? -size : size;
        return type.endsWith('64') ? String(whole) : Number(whole);
      }
      // Enums are integers in the schema: types of tensors by name, and LITTLE and BIG of the byte order.
      const isReference = token.endsWith('_REF');
      const index = DATA_TYPES.indexOf(token.replace(/^DT_/, '').replace(/_REF$/, ''));
      if (token.startsWith('DT_') && index >= 0) return isReference ? index + 100 : index;
      if (/^[A-Z][A-Z0-9_]*$/.test(token)) return 0;
    } else if (type === 'float' || type === 'double') {
      const number = floatOf(token);
      if (number !== undefined) return number;
    }
    throw this.#error(`"${token.slice(0, 40)}" is no value of type ${type}`);
  }

  #put(message: Message, field: protobuf.Field | undefined, value: unknown): void {
    if (field === undefined) return;
    if (field instanceof protobuf.MapField) {
      const map = (message[field.name] ??= Object.create(null)) as Message;
      const entry = value as { key: string; value: unknown };
      map[entry.key] = entry.value ?? {};
    } else if (field.repeated) ((message[field.name] ??= []) as unknown[]).push(value);
    else message[field.name] = value;
  }

  #peek(): string | undefined {
    const at = this.#at;
    const token = this.#next();
    this.#at = at;
    return token;
  }

  /** The next token, quotes included; undefined at the end. */
  #next(): string | undefined {
    this.#skipBlanks();
    const start = this.#at;
    const first = this.#text[start];
    if (first === undefined) return undefined;
    if (PUNCTUATION.has(first)) {
      this.#at += 1;
    } else if (first === '"' || first === "'") {
      this.#at += 1;
      while (this.#text[this.#at] !== first) {
        if (this.#at >= this.#text.length || this.#text[this.#at] === '\n') throw this.#error('text in quotes has no end');
        this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
      }
      this.#at += 1;
    } else {
      while (this.#at < this.#text.length && !BREAKS.test(this.#text[this.#at]!)) this.#at += 1;
    }
    return this.#text.slice(start, this.#at);
  }

  #skipBlanks(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === '#') {
        const end = this.#text.indexOf('\n', this.#at);
        this.#at = end < 0 ? this.#text.length : end;
      } else if (character !== undefined && /\s/.test(character)) this.#at += 1;
      else return;
    }
  }

  #error(what: string): MillraceError {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    return new MillraceError({ code: 'MODEL_LOAD', message: `the text of the SavedModel cannot be read: ${what}, in line ${line}` });
  }
}

function floatOf(token: string): number | undefined {
  const special = /^(-?)(inf|infinity|nan)f?$/i.exec(token);
  if (special !== null) return special[2]!.toLowerCase() === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
  return /^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?f?$/.test(token) ? Number(token.replace(/f$/, '')) : undefined;
}

/** The bytes of a quoted token, whose text is UTF-8 where it is not escaped. */
function unescape(token: string): Uint8Array {
  const body = token.slice(1, -1);
  if (!body.includes('\\')) return Buffer.from(body, 'utf8');
  const parts: Buffer[] = [];
  const pattern = /\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|([\s\S]))|[^\\]+/g;
  for (const [plain, octal, hex, unicode, letter] of body.matchAll(pattern)) {
    if (octal !== undefined) parts.push(Buffer.from([Number.parseInt(octal, 8) & 255]));
    else if (hex !== undefined) parts.push(Buffer.from([Number.parseInt(hex, 16)]));
    else if (unicode !== undefined) parts.push(Buffer.from(String.fromCharCode(Number.parseInt(unicode, 16)), 'utf8'));
    else if (letter !== undefined) parts.push(letter in ESCAPES ? Buffer.from([ESCAPES[letter]!]) : Buffer.from(letter, 'utf8'));
    else parts.push(Buffer.from(plain, 'utf8'));
  }
  return Buffer.concat(parts);
}
