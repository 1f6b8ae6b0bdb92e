import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { MillraceErrors } from '../common/error.js';
import { renderError } from '../common/render-error.js';
import { parseScript } from './parser.js';

// Records of a text, `----` and the errors that it gives, with `====` between them.
const GOLDEN = readFileSync(new URL('../../src/sql/parser-errors.golden', import.meta.url), 'utf8');

describe('errors of syntax', () => {
  const records = GOLDEN.split('====\n');
  it('are many', () => assert.ok(records.length > 100, `${records.length} records`));

  for (const record of records) {
    const [text = '', expected = ''] = record.split('\n----\n');
    it(text.replace(/\s+/g, ' ').slice(0, 90), () => {
      const { errors } = parseScript(text);
      assert.equal(`${renderError(new MillraceErrors(errors), { name: '-e', text })}\n`, expected);
    });
  }
});
