import { sameLines } from './compare-answers.js';
import { DIRECTIVES } from './directives.js';
import type { SltFailure } from './run-slt-file.js';
import type { SltFile, SltRecord } from './slt-file.js';
import { SltRun } from './slt-run.js';

/**
 * The text of a file with the answers that its records give now, in mode `plain`.
 *
 * An answer that is right stays as it is written, with its masks. What follows a record that cannot be run stays too.
 */
export async function completeSltFile(file: SltFile): Promise<{ readonly text: string; readonly failure?: SltFailure }> {
  const run = new SltRun('plain');
  const lines = [...file.lines];
  let moved = 0;
  let current: SltRecord | undefined;
  try {
    for (const record of file.records) {
      if (!run.applies(record)) continue;
      current = record;
      const answer = await run.perform(record);
      if (answer === undefined || !isWanted(record) || isRight(record, answer)) continue;
      const from = record.line + record.body.length;
      const to = record.expected ? from + 1 + record.expected.length : from;
      const written = record.words.includes('rowsort') ? answer.toSorted() : answer;
      lines.splice(from + moved, to - from, '----', ...written);
      moved += written.length + 1 - (to - from);
    }
    return { text: lines.join('\n') };
  } catch (thrown) {
    if (current === undefined) throw thrown;
    const message = run.render(thrown, current.body.join('\n')).join('\n');
    return { text: lines.join('\n'), failure: { path: file.path, line: current.line, mode: 'plain', message } };
  } finally {
    await run.close();
  }
}

/** Errors and failures tell their text only where the file asks for it. */
function isWanted({ directive, expected }: SltRecord): boolean {
  return DIRECTIVES[directive].answer === 'due' || expected !== undefined;
}

function isRight({ expected, words }: SltRecord, answer: readonly string[]): boolean {
  return expected !== undefined && sameLines(expected, answer, words.includes('rowsort') ? 'rowsort' : 'ordered');
}
