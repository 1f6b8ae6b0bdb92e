import { constants } from 'node:buffer';
import { COPY_AGAIN, malformed } from './malformed.js';

/** Lines of the form `key=value`. */
export type Section = ReadonlyMap<string, string>;

/** The parts of a model text. */
export interface TextSections {
  readonly header: Section;
  readonly trees: readonly Section[];
  /** `[key: value]` lines: how the model was trained. */
  readonly parameters: Section;
  /** JSON that LightGBM for Python appends: the categories of the data frame's columns. */
  readonly pandasCategorical: string | undefined;
}

const PANDAS = 'pandas_categorical:';

/**
 * Takes the text of `Booster.save_model` apart; versions v2 to v4 of the format.
 *
 * @throws {MillraceError} `MODEL_LOAD` where it is another text.
 */
export function readSections(bytes: Uint8Array): TextSections {
  if (bytes.length > constants.MAX_STRING_LENGTH) throw malformed(`a text of ${bytes.length} bytes is too large to be read`);
  const lines = new TextDecoder().decode(bytes).split('\n');
  if (lines[0]?.trim() !== 'tree') throw malformed('the first line is not "tree"', 'save the model by save_model("model.txt")');
  const header = new Map<string, string>();
  const trees: Map<string, string>[] = [];
  const parameters = new Map<string, string>();
  let current: Map<string, string> | undefined = header;
  let pandasCategorical: string | undefined;
  for (const written of lines) {
    const line = written.endsWith('\r') ? written.slice(0, -1) : written;
    if (line.startsWith('Tree=')) {
      current = new Map();
      trees.push(current);
    } else if (line === 'end of trees' || line === 'feature importances:' || line === 'feature_importances:' || line === 'parameters:') {
      current = undefined;
    } else if (line.startsWith(PANDAS)) {
      pandasCategorical = line.slice(PANDAS.length);
    } else if (current) {
      const equals = line.indexOf('=');
      if (line !== '') current.set(equals < 0 ? line : line.slice(0, equals), equals < 0 ? '' : line.slice(equals + 1));
    } else {
      const parameter = /^\[([^:\]]{1,100}): (.*)\]$/.exec(line);
      if (parameter) parameters.set(parameter[1]!, parameter[2]!);
    }
  }
  return { header, trees, parameters, pandasCategorical };
}

/** The value of a key that must be there. */
export function textOf(section: Section, key: string): string {
  const text = section.get(key);
  if (text === undefined) throw malformed(`"${key}" is missing`, COPY_AGAIN);
  return text;
}

/** A whole number from `min` to `max`. */
export function integerOf(section: Section, key: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const text = textOf(section, key);
  const number = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (!(number >= min && number <= max)) throw malformed(`"${key}" is "${text.slice(0, 40)}", not a whole number from ${min} to ${max}`);
  return number;
}

/** The words of a value; none of an empty one. */
export function wordsOf(section: Section, key: string): string[] {
  return textOf(section, key)
    .split(' ')
    .filter(word => word !== '');
}

/** `count` numbers; any number of them where that is absent. */
export function numbersOf(section: Section, key: string, count?: number): Float64Array {
  const words = wordsOf(section, key);
  if (count !== undefined && words.length !== count) throw malformed(`"${key}" has ${words.length} numbers, not ${count}`, COPY_AGAIN);
  return Float64Array.from(words, word => numberOf(word, key));
}

/** As `numbersOf`, each a whole one that 32 bits hold, signed or not. */
export function integersOf(section: Section, key: string, count?: number): Int32Array {
  return Int32Array.from(numbersOf(section, key, count), number => {
    if ((number | 0) !== number && number >>> 0 !== number)
      throw malformed(`"${key}" has ${number}, which is not a whole number of 32 bits`);
    return number | 0;
  });
}

function numberOf(word: string, key: string): number {
  const number = Number(word);
  if (!Number.isNaN(number)) return number;
  const special = SPECIAL.get(word.toLowerCase());
  if (special === undefined) throw malformed(`"${key}" has "${word.slice(0, 40)}", which is no number`);
  return special;
}

/** As C++ writes them. */
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['nan', NaN],
  ['-nan', NaN],
  ['inf', Infinity],
  ['-inf', -Infinity],
]);
