import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, constantFrom, double, nat, property, record, string, tuple } from 'fast-check';
import { lex } from './lexer.js';
import { parseScript } from './parser.js';
import { printStatement } from './printer.js';
import { STATEMENTS } from './statements.fixture.js';
import { withoutSpans } from './without-spans.fixture.js';

interface Mutation {
  readonly kind: 'delete' | 'duplicate' | 'swap' | 'replace' | 'cut';
  /** Where in the tokens, from 0 to 1. */
  readonly at: number;
  readonly to: number;
}

/** The tokens of a text as they are written. */
function piecesOf(text: string): string[] {
  return lex(text).flatMap(({ kind, span }) => (kind === 'end' ? [] : [text.slice(span.start, span.end)]));
}

/** What begins, ends or breaks tokens, with half of a pair of surrogates at the end. */
const CHARACTERS = Array.from('ab1.,;()[]<>=\'`"-/*+ \n\\&UXE{}$…’é\u{1F600}\ud800');

const ALL_PIECES = STATEMENTS.flatMap(piecesOf);

function mutate(pieces: string[], { kind, at, to }: Mutation): void {
  const i = Math.floor(at * pieces.length);
  const j = Math.floor(to * pieces.length);
  const piece = pieces[i];
  if (piece === undefined) return;
  if (kind === 'delete') pieces.splice(i, 1);
  else if (kind === 'duplicate') pieces.splice(i, 0, piece);
  else if (kind === 'replace') pieces[i] = ALL_PIECES[Math.floor(to * ALL_PIECES.length)] ?? '';
  else if (kind === 'cut') pieces[i] = piece.slice(0, Math.floor(to * piece.length));
  else [pieces[i], pieces[j]] = [pieces[j] ?? '', piece];
}

function checkText(text: string): void {
  const { script, errors } = parseScript(text);
  for (const { span, code } of errors) {
    assert.ok(['SYNTAX', 'UNTERMINATED', 'INVALID_LITERAL', 'INVALID_DEFINITION'].includes(code), code);
    assert.ok(span && 0 <= span.start && span.start <= span.end && span.end <= text.length, JSON.stringify(span));
  }
  for (const statement of script.statements) {
    const printed = printStatement(statement);
    const again = parseScript(printed);
    assert.deepEqual(again.errors, [], printed);
    assert.deepEqual(withoutSpans(again.script.statements), [withoutSpans(statement)], printed);
    assert.equal(printStatement(again.script.statements[0]!), printed);
  }
}

describe('texts that are nearly right', () => {
  const fraction = double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const mutation = record({ kind: constantFrom('delete', 'duplicate', 'swap', 'replace', 'cut'), at: fraction, to: fraction } as const);

  it('are read, or refused with an error that points into them; what is read prints and reads again', () => {
    const texts = tuple(nat({ max: STATEMENTS.length - 1 }), array(mutation, { minLength: 1, maxLength: 3 }), constantFrom(' ', '', '\n'));
    check(
      property(texts, ([index, mutations, separator]) => {
        const pieces = piecesOf(STATEMENTS[index]!);
        for (const each of mutations) mutate(pieces, each);
        checkText(pieces.join(separator));
      }),
      { numRuns: 3_000, seed: 20_260_101 },
    );
  });

  it('so are texts of any characters', () => {
    const characters = string({ unit: constantFrom(...CHARACTERS), maxLength: 40 });
    check(
      property(characters, text => checkText(`SELECT ${text}`)),
      { numRuns: 3_000, seed: 20_260_102 },
    );
  });
});
