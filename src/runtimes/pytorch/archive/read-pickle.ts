import { damaged, unsupported } from '../refusal.js';
import { buildByGlobal, isAllowedGlobal, isClassOfArchive, storageOf } from './pickle-globals.js';
import type { PickleValue } from './pickle-value.js';

/** A pickle of a model is a few bytes for each tensor; these are far above what any has. */
const MAX_STEPS = 4_000_000;
const MAX_STACK = 1_000_000;
const MAX_TEXT_BYTES = 1_000_000;

const MARK = Symbol('mark');
type Slot = PickleValue | typeof MARK;

const NONE: PickleValue = { kind: 'none' };
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a pickle of protocol 2 to 5 into plain data (https://github.com/python/cpython/blob/main/Lib/pickletools.py).
 *
 * It knows the few globals that TorchScript writes and what they build; no code ever runs. Any other global is refused by name.
 *
 * @throws `MODEL_LOAD` for a damaged pickle, a global outside the list, or one over the limits.
 */
export function readPickle(bytes: Uint8Array, source: string): PickleValue {
  return new PickleReader(bytes, source).read();
}

class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #source: string;
  readonly #stack: Slot[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #at = 0;

  constructor(bytes: Uint8Array, source: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#source = source;
  }

  read(): PickleValue {
    if (this.#byte() !== 0x80) throw this.#error('does not begin as a pickle of protocol 2 to 5');
    const protocol = this.#byte();
    if (protocol < 2 || protocol > 5) throw this.#error(`is a pickle of protocol ${protocol}, and 2 to 5 are read`);
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const code = this.#byte();
      if (code === 0x2e) return this.#pop();
      const step = STEPS[code];
      if (step === undefined) throw this.#error(`has the instruction 0x${code.toString(16).padStart(2, '0')}, which is not read`);
      step(this);
      if (this.#stack.length > MAX_STACK || this.#memo.size > MAX_STACK) throw this.#error('is larger than the limit');
    }
    throw this.#error('is larger than the limit');
  }

  #error(problem: string): Error {
    return damaged(`${this.#source} ${problem}`);
  }

  #need(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw this.#error('ends too early');
    this.#at = start + length;
    return start;
  }

  #byte(): number {
    return this.#bytes[this.#need(1)]!;
  }

  #pop(): PickleValue {
    const slot = this.#stack.pop();
    if (slot === undefined || slot === MARK) throw this.#error('takes a value that is not there');
    return slot;
  }

  #top(): PickleValue {
    const value = this.#pop();
    this.#stack.push(value);
    return value;
  }

  // The instructions below are called by the table alone.

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  mark(): void {
    this.#stack.push(MARK);
  }

  pop(): void {
    this.#pop();
  }

  duplicate(): void {
    this.#stack.push(this.#top());
  }

  uint(width: 1 | 2 | 4 | 8): number {
    const at = this.#need(width);
    if (width === 1) return this.#view.getUint8(at);
    if (width === 2) return this.#view.getUint16(at, true);
    if (width === 4) return this.#view.getUint32(at, true);
    return Number(this.#view.getBigUint64(at, true));
  }

  int32(): number {
    return this.#view.getInt32(this.#need(4), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#need(8), false);
  }

  /** A two's complement integer of a few bytes; TorchScript's integers have 64 bits. */
  long(length: number): number {
    if (length > 8) throw this.#error('has an integer of more than 64 bits');
    const start = this.#need(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[start + i]!);
    return Number(BigInt.asIntN(8 * length, value));
  }

  text(length: number): string {
    if (length > MAX_TEXT_BYTES) throw this.#error('has a text that is longer than the limit');
    const start = this.#need(length);
    try {
      return UTF8.decode(this.#bytes.subarray(start, start + length));
    } catch {
      throw this.#error('has a text that is not UTF-8');
    }
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#error('ends too early');
    const text = this.text(end - this.#at);
    this.#at++;
    return text;
  }

  skip(length: number): void {
    this.#need(length);
  }

  /** The values above the last mark, which is taken off too. */
  aboveMark(): PickleValue[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.#error('has no mark where one is needed');
    const items = this.#stack.splice(at + 1) as PickleValue[];
    this.#stack.pop();
    return items;
  }

  tuple(length: number): void {
    const items: PickleValue[] = [];
    for (let i = 0; i < length; i++) items.unshift(this.#pop());
    this.push({ kind: 'tuple', items });
  }

  append(items: readonly PickleValue[]): void {
    const list = this.#top();
    if (list.kind !== 'list') throw this.#error('appends to something else than a list');
    for (const item of items) list.items.push(item);
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.#top();
    if (dict.kind !== 'dict' || items.length % 2 !== 0) throw this.#error('sets items of something else than a dict');
    for (let i = 0; i < items.length; i += 2) dict.entries.push([items[i]!, items[i + 1]!]);
  }

  setItem(): void {
    const value = this.#pop();
    const key = this.#pop();
    this.setItems([key, value]);
  }

  takeOne(): PickleValue {
    return this.#pop();
  }

  global(module: string, name: string): void {
    if (!isAllowedGlobal(module, name)) {
      throw unsupported(
        `${this.#source} names the global "${module}.${name}", and nothing outside of TorchScript's own is ever looked up or run`,
      );
    }
    this.push({ kind: 'global', module, name });
  }

  stackGlobal(): void {
    const name = this.#pop();
    const module = this.#pop();
    if (name.kind !== 'string' || module.kind !== 'string') throw this.#error('names a global by something else than texts');
    this.global(module.value, name.value);
  }

  reduce(): void {
    const parameters = this.#pop();
    const callee = this.#pop();
    if (callee.kind !== 'global' || parameters.kind !== 'tuple') throw this.#error('calls something else than a global');
    this.push(buildByGlobal(callee.module, callee.name, parameters.items));
  }

  newObject(): void {
    const parameters = this.#pop();
    const type = this.#pop();
    if (type.kind !== 'global' || !isClassOfArchive(type.module) || parameters.kind !== 'tuple' || parameters.items.length > 0) {
      throw this.#error('makes an object of something else than a class of the archive');
    }
    this.push({ kind: 'object', className: `${type.module}.${type.name}`, attributes: new Map() });
  }

  build(): void {
    const state = this.#pop();
    const object = this.#top();
    if (object.kind !== 'object') throw this.#error('gives a state to something else than an object');
    if (state.kind !== 'dict') throw unsupported(`${this.#source} restores "${object.className}" by code of its own (__setstate__)`);
    for (const [name, value] of state.entries) {
      if (name.kind !== 'string') throw this.#error('has an attribute without a name');
      object.attributes.set(name.value, value);
    }
  }

  memoize(index = this.#memo.size): void {
    this.#memo.set(index, this.#top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#error('refers to a value that is not there');
    this.push(value);
  }

  persistent(): void {
    this.push({ kind: 'storage', storage: storageOf(this.#pop()) });
  }
}

/** What each instruction does; one that is missing is refused. */
const STEPS: Readonly<Record<number, (reader: PickleReader) => void>> = {
  0x95: reader => reader.skip(8), // FRAME
  0x28: reader => reader.mark(),
  0x30: reader => reader.pop(),
  0x31: reader => void reader.aboveMark(), // POP_MARK
  0x32: reader => reader.duplicate(),
  0x4e: reader => reader.push(NONE),
  0x88: reader => reader.push({ kind: 'bool', value: true }),
  0x89: reader => reader.push({ kind: 'bool', value: false }),
  0x4a: reader => reader.push({ kind: 'int', value: reader.int32() }),
  0x4b: reader => reader.push({ kind: 'int', value: reader.uint(1) }),
  0x4d: reader => reader.push({ kind: 'int', value: reader.uint(2) }),
  0x8a: reader => reader.push({ kind: 'int', value: reader.long(reader.uint(1)) }),
  0x8b: reader => reader.push({ kind: 'int', value: reader.long(reader.uint(4)) }),
  0x47: reader => reader.push({ kind: 'float', value: reader.double() }),
  0x58: reader => reader.push({ kind: 'string', value: reader.text(reader.uint(4)) }),
  0x8c: reader => reader.push({ kind: 'string', value: reader.text(reader.uint(1)) }),
  0x8d: reader => reader.push({ kind: 'string', value: reader.text(reader.uint(8)) }),
  0x54: reader => reader.push({ kind: 'string', value: reader.text(reader.uint(4)) }),
  0x55: reader => reader.push({ kind: 'string', value: reader.text(reader.uint(1)) }),
  0x5d: reader => reader.push({ kind: 'list', items: [] }),
  0x61: reader => reader.append([reader.takeOne()]),
  0x65: reader => reader.append(reader.aboveMark()),
  0x29: reader => reader.tuple(0),
  0x85: reader => reader.tuple(1),
  0x86: reader => reader.tuple(2),
  0x87: reader => reader.tuple(3),
  0x74: reader => reader.push({ kind: 'tuple', items: reader.aboveMark() }),
  0x7d: reader => reader.push({ kind: 'dict', entries: [] }),
  0x73: reader => reader.setItem(),
  0x75: reader => reader.setItems(reader.aboveMark()),
  0x63: reader => reader.global(reader.line(), reader.line()),
  0x93: reader => reader.stackGlobal(),
  0x52: reader => reader.reduce(),
  0x81: reader => reader.newObject(),
  0x62: reader => reader.build(),
  0x71: reader => reader.memoize(reader.uint(1)),
  0x72: reader => reader.memoize(reader.uint(4)),
  0x94: reader => reader.memoize(),
  0x68: reader => reader.recall(reader.uint(1)),
  0x6a: reader => reader.recall(reader.uint(4)),
  0x51: reader => reader.persistent(),
};
