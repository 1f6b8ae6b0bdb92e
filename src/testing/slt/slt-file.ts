import { MillraceError } from '../../common/error.js';
import { DIRECTIVES, isDirective, type Directive } from './directives.js';

/**
 * How a file is run: as written; with a stop and start from its checkpoint after each feed; with a kill and start from
 * the last complete checkpoint after each feed; or with every feed spread over three splits.
 */
export type SltMode = 'plain' | 'restore' | 'crash' | 'splits';

export const SLT_MODES: readonly SltMode[] = ['plain', 'restore', 'crash', 'splits'];

/** `onlyif engine=flink`, `skipif mode=crash`: whether a record counts. */
export interface Condition {
  readonly test: 'onlyif' | 'skipif';
  readonly subject: 'engine' | 'mode';
  readonly value: string;
}

/** One record: a directive, its body, and what is expected of it. */
export interface SltRecord {
  /** The directive's line, from 1. */
  readonly line: number;
  /** The record's last line. */
  readonly lastLine: number;
  readonly conditions: readonly Condition[];
  readonly directive: Directive;
  /** The words after the directive. */
  readonly words: readonly string[];
  readonly body: readonly string[];
  /** The lines after `----`; absent where there is no such line. */
  readonly expected: readonly string[] | undefined;
}

/** A file of golden records. */
export interface SltFile {
  /** As it was opened, for messages. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
  readonly engines: readonly string[];
  readonly modes: readonly SltMode[];
  readonly records: readonly SltRecord[];
  readonly lines: readonly string[];
}

/** @throws {MillraceError} `SYNTAX` with the file and line. */
export function parseSltFile(path: string, text: string): SltFile {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const records: SltRecord[] = [];
  for (let at = 0; at < lines.length;) {
    let end = at;
    while (end < lines.length && lines[end] !== '') end++;
    const record = parseRecord(path, lines, at, end);
    if (record) records.push(record);
    at = end + 1;
  }
  return { path, ...readHeader(path, lines), records, lines };
}

function readHeader(path: string, lines: readonly string[]): Pick<SltFile, 'name' | 'description' | 'engines' | 'modes'> {
  const header = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const match = /^# (\w+): (.+)$/.exec(line);
    if (!match) break;
    if (!HEADER_KEYS.has(match[1]!)) throw malformed(path, index + 1, `there is no header "${match[1]}"`);
    header.set(match[1]!, match[2]!);
  }
  const name = header.get('name');
  const description = header.get('description');
  if (name === undefined || description === undefined) throw malformed(path, 1, 'a file starts with "# name: …" and "# description: …"');
  if (!path.endsWith(`${name}.slt`)) throw malformed(path, 1, `the name "${name}" is not the file's path`);
  const words = (key: string, all: readonly string[]): string[] => header.get(key)?.split(/\s*,\s*/) ?? [...all];
  const modes = words('modes', SLT_MODES);
  const unknown = modes.find(mode => !(SLT_MODES as readonly string[]).includes(mode));
  if (unknown !== undefined) throw malformed(path, 1, `there is no mode "${unknown}"`);
  return { name, description, engines: words('engines', ['embedded']), modes: modes as SltMode[] };
}

const HEADER_KEYS: ReadonlySet<string> = new Set(['name', 'description', 'engines', 'modes']);

/** The record in lines `from` (inclusive) to `to` (exclusive); `undefined` for comments alone. */
function parseRecord(path: string, lines: readonly string[], from: number, to: number): SltRecord | undefined {
  const conditions: Condition[] = [];
  let at = from;
  for (; at < to; at++) {
    const line = lines[at]!;
    if (line.startsWith('#')) continue;
    const condition = /^(onlyif|skipif) (engine|mode)=(\w+)$/.exec(line);
    if (!condition) break;
    const [, test, subject, value] = condition as unknown as [string, Condition['test'], Condition['subject'], string];
    conditions.push({ test, subject, value });
  }
  if (at === to) return undefined;
  const [directive = '', ...words] = lines[at]!.split(/\s+/);
  if (!isDirective(directive)) throw malformed(path, at + 1, `there is no directive "${directive}"`);
  const shape = DIRECTIVES[directive];
  const separator = lines.indexOf('----', at);
  const bodyEnd = separator === -1 || separator >= to ? to : separator;
  const body = lines.slice(at + 1, bodyEnd);
  const expected = bodyEnd === to ? undefined : lines.slice(bodyEnd + 1, to);
  if (!shape.words.test(words.join(' '))) throw malformed(path, at + 1, `write ${shape.usage}`);
  if ((shape.body === 'none') !== (body.length === 0))
    throw malformed(path, at + 1, `"${directive}" ${shape.body === 'none' ? 'has no' : 'needs a'} body`);
  if (shape.answer === 'none' && expected) throw malformed(path, at + 1, `"${directive}" has no answer`);
  return { line: at + 1, lastLine: to, conditions, directive, words, body, expected };
}

function malformed(path: string, line: number, message: string): MillraceError {
  return new MillraceError({ code: 'SYNTAX', message, context: { position: `${path}:${line}` } });
}
