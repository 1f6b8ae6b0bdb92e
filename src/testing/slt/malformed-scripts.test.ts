import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ERROR_CODES } from '../../common/error-codes.js';
import { renderError } from '../../common/render-error.js';
import { seededRandom } from '../../kit/seeded-random.js';
import { findSltFiles } from './find-slt-files.js';
import { corpusOf, mutated } from './mutate-script.test.fixture.js';
import type { SltFile } from './slt-file.js';
import { createSltWorld } from './slt-world.js';

const SCRIPTS = 10_000;
/** More than any script may take; time spent by other processes counts, so it is wide. */
const LONGEST_MS = 5_000;
const SQL_DIRECTIVES: ReadonlySet<string> = new Set(['statement', 'query', 'explain', 'check', 'job']);

/** What a file defines, with each few of the other statements. */
function scriptsOf({ records }: SltFile): string[] {
  const statements = records
    .filter(({ directive }) => SQL_DIRECTIVES.has(directive))
    .map(({ body }) => body.join('\n').replace(/;?\s*$/, ';'));
  const definitions = statements.filter(text => /^CREATE\b/.test(text)).slice(0, 8);
  const others = statements.filter(text => !/^CREATE\b/.test(text));
  const groups = Array.from({ length: Math.ceil(others.length / 3) }, (_, i) => others.slice(3 * i, 3 * i + 3));
  return groups.map(group => [...definitions, ...group].join('\n'));
}

/** Checks a script as `millrace check` does. */
async function checkScript(text: string): Promise<string[]> {
  const world = createSltWorld('plain');
  try {
    const start = performance.now();
    const errors = await world.session.check(text);
    for (const error of errors) {
      const { code, span } = error;
      assert.ok(code in ERROR_CODES && code !== 'INTERNAL', renderError(error, { name: 'sql', text }));
      assert.ok(span && 0 <= span.start && span.start <= span.end && span.end <= text.length, renderError(error));
    }
    if (errors[0]) assert.doesNotMatch(renderError(errors[0], { name: 'sql', text }), /^ +at .*\.js:\d+/m);
    const took = performance.now() - start;
    assert.ok(took < LONGEST_MS, `${took} ms`);
    return errors.map(({ code }) => code);
  } finally {
    await world.close();
  }
}

describe('scripts that are nearly right', () => {
  const corpus = corpusOf(findSltFiles('tests/slt').flatMap(scriptsOf));

  it('are planned, or refused with errors that have a documented code and point into them', async () => {
    const codes = new Map<string, number>();
    for (let number = 0; number < SCRIPTS; number++) {
      const text = mutated(corpus, seededRandom(`malformed ${number}`));
      const found = await checkScript(text).catch((cause: unknown) => {
        throw new Error(`script ${number}:\n${text.slice(0, 5_000)}`, { cause });
      });
      for (const code of found.length === 0 ? ['none'] : new Set(found)) codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    // The mutations are of use only while they reach both the parser and the binder, and some leave a script right.
    for (const code of ['none', 'SYNTAX', 'UNTERMINATED', 'UNKNOWN_COLUMN', 'UNKNOWN_TABLE', 'TYPE_MISMATCH'])
      assert.ok((codes.get(code) ?? 0) > SCRIPTS / 1_000, `${code} of ${JSON.stringify([...codes])}`);
  });
});
