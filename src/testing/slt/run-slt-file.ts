import { MillraceError } from '../../common/error.js';
import { renderDifference, sameLines, sameOutcome } from './compare-answers.js';
import { DIRECTIVES } from './directives.js';
import { SLT_MODES, type SltFile, type SltMode, type SltRecord } from './slt-file.js';
import { SltRun, type Answer } from './slt-run.js';

export interface SltRunOptions {
  readonly mode: SltMode;
  /** Compares only the record that holds this line, and ends there; what stands before it is run. */
  readonly line?: number | undefined;
  /** Name of a rewrite rule that plans do without: the rows must be the same, and only they are compared. */
  readonly withoutRule?: string | undefined;
}

/** Why a file did not pass. */
export interface SltFailure {
  readonly path: string;
  readonly line: number;
  readonly mode: SltMode;
  /** Several lines: what was expected, and what was found. */
  readonly message: string;
}

/** Runs a file in one of its modes up to its first failure; `undefined` when it passes. */
export async function runSltFile(file: SltFile, { mode, line, withoutRule }: SltRunOptions): Promise<SltFailure | undefined> {
  const run = new SltRun(mode, withoutRule);
  const judge = new Judge(mode);
  const failure = (record: SltRecord, message: string): SltFailure => ({ path: file.path, line: record.line, mode, message });
  let last: SltRecord | undefined;
  try {
    for (const record of file.records) {
      if (!run.applies(record) || (line !== undefined && record.line > line)) continue;
      last = record;
      const answer = await run.perform(record);
      // Without a rule operators have other numbers, which errors tell.
      const isError = withoutRule !== undefined && record.directive === 'statement';
      const isAsked = !isError && (line === undefined || (record.line <= line && line <= record.lastLine));
      const difference = isAsked ? judge.difference(record, answer) : undefined;
      if (difference !== undefined) return failure(record, `${record.directive} ${record.words.join(' ')}\n${difference}`);
    }
    if (line === undefined) run.finish();
    return undefined;
  } catch (thrown) {
    if (last === undefined) throw thrown;
    return failure(
      last,
      [`${last.directive} ${last.words.join(' ')}`, ...run.render(thrown, last.body.join('\n')).map(each => `  ${each}`)].join('\n'),
    );
  } finally {
    await run.close();
  }
}

/** The text of a failure: `window/late.slt:42 (crash): …`. */
export function renderSltFailure({ path, line, mode, message }: SltFailure): string {
  return `${path}:${line} (${mode}): ${message}`;
}

/** Compares answers with goldens as the mode allows. */
class Judge {
  readonly #mode: SltMode;
  /** What the looks at each sink should have shown and did show so far. */
  readonly #history = new Map<string, { readonly expected: string[]; readonly found: string[] }>();

  constructor(mode: SltMode) {
    this.#mode = mode;
  }

  difference(record: SltRecord, answer: Answer): string | undefined {
    const expected = record.expected ?? (DIRECTIVES[record.directive].answer === 'due' ? [] : undefined);
    if (answer === undefined || expected === undefined) {
      if (expected === undefined) return undefined;
      throw new MillraceError({ code: 'USAGE', message: 'the record has no answer' });
    }
    return this.#isSame(record, expected, answer) ? undefined : renderDifference(expected, answer);
  }

  #isSame(record: SltRecord, expected: readonly string[], found: readonly string[]): boolean {
    if (record.directive === 'changelog') return this.#sameChangelog(record, expected, found);
    if (record.directive === 'query' && this.#mode === 'splits' && [...expected, ...found].every(isChange))
      return sameOutcome(expected, found);
    return sameLines(expected, found, this.#orderOf(record));
  }

  #orderOf({ directive, words }: SltRecord): 'ordered' | 'rowsort' {
    const isUnordered = words.includes('rowsort') || (this.#mode === 'splits' && UNORDERED_OVER_SPLITS.has(directive));
    return isUnordered ? 'rowsort' : 'ordered';
  }

  /** Over several splits rows come in other batches, so that only what updates leave can be compared. */
  #sameChangelog(record: SltRecord, expected: readonly string[], found: readonly string[]): boolean {
    const history = this.#history.get(record.words[0]!) ?? { expected: [], found: [] };
    this.#history.set(record.words[0]!, history);
    history.expected.push(...expected);
    history.found.push(...found);
    const isUpdated = [...history.expected, ...history.found].some(line => !line.startsWith('+I'));
    if (this.#mode === 'splits' && isUpdated) return sameOutcome(history.expected, history.found);
    return sameLines(expected, found, this.#orderOf(record));
  }
}

function isChange(line: string): boolean {
  return /^(\+I|-U|\+U|-D) \| /.test(line);
}

const UNORDERED_OVER_SPLITS: ReadonlySet<string> = new Set(['query', 'changelog', 'snapshot', 'calls']);

/** The modes in which a file is run: its own, as far as `wanted` says. */
export function modesOf(file: SltFile, wanted: readonly SltMode[] = SLT_MODES): readonly SltMode[] {
  return file.engines.includes('embedded') ? file.modes.filter(mode => wanted.includes(mode)) : [];
}
