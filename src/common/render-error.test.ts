import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError, MillraceErrors } from './error.js';
import { renderError } from './render-error.js';

const SOURCE = { name: 'job.sql', text: 'SELECT pricee\nFROM bids;\n\tWHERE x' };

function text(...lines: string[]): string {
  return lines.join('\n');
}

test('the place is marked in its line, with the help beside the mark', () => {
  const error = new MillraceError({
    code: 'UNKNOWN_COLUMN',
    message: 'table "bids" has no column "pricee"',
    span: { start: 7, end: 13 },
    notes: [{ message: 'did you mean "price"?' }, { message: 'the columns are a, b' }],
  });
  assert.equal(
    renderError(error, SOURCE),
    text(
      'error[UNKNOWN_COLUMN]: table "bids" has no column "pricee"',
      '  --> job.sql:1:8',
      '  1 | SELECT pricee',
      '    |        ^^^^^^ did you mean "price"?',
      '  = the columns are a, b',
    ),
  );
});

test('tabs before the place stay tabs', () => {
  const error = new MillraceError({ code: 'SYNTAX', message: 'm', span: { start: 26, end: 31 } });
  assert.deepEqual(renderError(error, SOURCE).split('\n').slice(1), ['  --> job.sql:3:2', '  3 | \tWHERE x', '    | \t^^^^^']);
});

test('a span over several lines is marked on its first; one at the end of the text has a mark too', () => {
  const long = new MillraceError({ code: 'SYNTAX', message: 'm', span: { start: 7, end: 20 } });
  assert.equal(renderError(long, SOURCE).split('\n').at(-1), '    |        ^^^^^^');
  const end = new MillraceError({ code: 'SYNTAX', message: 'm', span: { start: SOURCE.text.length, end: SOURCE.text.length } });
  assert.equal(renderError(end, SOURCE).split('\n').at(-1), '    | \t       ^');
});

test('without a text the notes follow as lines', () => {
  const error = new MillraceError({ code: 'IO', message: 'disk full', span: { start: 1, end: 2 }, notes: [{ message: 'make room' }] });
  assert.equal(renderError(error), text('error[IO]: disk full', '  = make room'));
});

test('a note with a place of its own is shown with it', () => {
  const error = new MillraceError({
    code: 'DUPLICATE_NAME',
    message: 'twice',
    span: { start: 7, end: 13 },
    notes: [{ message: 'first here', span: { start: 0, end: 6 } }],
  });
  assert.deepEqual(renderError(error, SOURCE).split('\n').slice(4), [
    '  = first here',
    '  --> job.sql:1:1',
    '  1 | SELECT pricee',
    '    | ^^^^^^',
  ]);
});

test('the context says where in the job', () => {
  const error = new MillraceError({
    code: 'MALFORMED_RECORD',
    message: 'm',
    context: {
      table: 't',
      model: 'm',
      connector: 'filesystem',
      provider: 'p',
      operator: 'Source (source-1)',
      split: 'a.json',
      position: 'line 7',
      httpStatus: 500,
    },
  });
  assert.equal(
    renderError(error),
    text(
      'error[MALFORMED_RECORD]: m',
      '  at table "t", model "m", connector "filesystem", provider "p", operator Source (source-1), split "a.json", line 7',
    ),
  );
});

test('several problems stand one below the other', () => {
  const errors = ['a', 'b'].map(message => new MillraceError({ code: 'SYNTAX', message }));
  assert.equal(renderError(new MillraceErrors(errors)), text('error[SYNTAX]: a', '', 'error[SYNTAX]: b'));
});

test('a defect asks to be reported, with the stack of what caused it', () => {
  const cause = new TypeError('x is undefined');
  const rendered = renderError(cause);
  assert.ok(rendered.startsWith('error[INTERNAL]: x is undefined\n'));
  assert.ok(rendered.includes('Please report it.') && rendered.includes('render-error.test'), rendered);
});
