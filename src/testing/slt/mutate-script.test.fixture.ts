import { lex } from '../../sql/lexer.js';

/** Scripts that are right, and the tokens of all of them as they are written. */
export interface Corpus {
  readonly scripts: readonly string[];
  readonly pieces: readonly string[];
}

export function corpusOf(scripts: readonly string[]): Corpus {
  return { scripts, pieces: [...new Set(scripts.flatMap(piecesOf))] };
}

/** Uniform in [0, 1). */
type Random = () => number;

interface Mutation {
  readonly corpus: Corpus;
  readonly random: Random;
}

/** Changes the tokens of one script in place. */
type Mutator = (pieces: string[], mutation: Mutation) => void;

/** What begins, ends or breaks tokens, with control characters and the halves of a pair of surrogates. */
const CHARACTERS = Array.from('ab1.,;()[]<>=\'`"-/*+ \n\t\\&UXE{}$…’é\u{1F600}').concat(
  '\0',
  '\ud800',
  '\udc00',
  '\ufeff',
  '/*',
  '*/',
  '--',
  '/*+',
);
const DEEP = 10_000;
const NESTINGS: readonly (readonly [open: string, close: string])[] = [
  ['(', ')'],
  ['- ', ''],
  ['NOT ', ''],
  ['CASE WHEN TRUE THEN ', ' END'],
  ['CAST(', ' AS STRING)'],
  ['COALESCE(', ', NULL)'],
  ['ARRAY[', ']'],
  ['ROW(', ')'],
  ['(SELECT ', ')'],
  ['1 + ', ''],
  ['TRUE AND ', ''],
];
const LONG = 100_000;
const LONG_PIECES = [
  `'${'x'.repeat(LONG)}'`,
  '9'.repeat(LONG),
  `0.${'1'.repeat(LONG)}`,
  'n'.repeat(LONG),
  `X'${'0a'.repeat(LONG)}'`,
  '('.repeat(LONG),
];

const MUTATORS: readonly Mutator[] = [
  (pieces, { random }) => void pieces.splice(below(pieces.length, random), 1 + below(3, random)),
  (pieces, { random }) => {
    const at = below(pieces.length, random);
    pieces.splice(at, 0, pieces[at] ?? '');
  },
  (pieces, { random }) => {
    const [i, j] = [below(pieces.length, random), below(pieces.length, random)];
    [pieces[i], pieces[j]] = [pieces[j] ?? '', pieces[i] ?? ''];
  },
  (pieces, { random, corpus }) => {
    pieces[below(pieces.length, random)] = oneOf(corpus.pieces, random);
  },
  // Like for like reads more often, and gets as far as names and types.
  (pieces, { random, corpus }) => {
    const at = below(pieces.length, random);
    const kind = kindOf(pieces[at] ?? '');
    const alike = corpus.pieces.filter(piece => kindOf(piece) === kind);
    if (alike.length > 0) pieces[at] = oneOf(alike, random);
  },
  (pieces, { random, corpus }) => void pieces.splice(below(pieces.length, random), 0, oneOf(corpus.pieces, random)),
  (pieces, { random }) => void pieces.splice(below(pieces.length, random), 0, oneOf(CHARACTERS, random)),
  (pieces, { random }) => {
    const at = below(pieces.length, random);
    const piece = pieces[at] ?? '';
    const cut = below(piece.length + 1, random);
    pieces[at] = piece.slice(0, cut) + oneOf(CHARACTERS, random) + piece.slice(cut);
  },
  // Splices the head of this script and the tail of another.
  (pieces, { random, corpus }) => {
    const other = piecesOf(oneOf(corpus.scripts, random));
    pieces.splice(below(pieces.length, random), Infinity, ...other.slice(below(other.length, random)));
  },
  (pieces, { random }) => void pieces.splice(below(pieces.length, random)),
];

/** Blown up: a token within thousands of levels, or one of very many characters. */
const BLOW_UPS: readonly Mutator[] = [
  (pieces, { random }) => {
    const at = below(pieces.length, random);
    const [open, close] = oneOf(NESTINGS, random);
    pieces[at] = open.repeat(DEEP) + pieces[at] + close.repeat(DEEP);
  },
  (pieces, { random }) => {
    pieces[below(pieces.length, random)] = oneOf(LONG_PIECES, random);
  },
];
/** One script in so many is blown up. */
const BLOW_UP_RATE = 100;

/** A script with one to three mutations, each as `random` decides. */
export function mutated(corpus: Corpus, random: Random): string {
  const pieces = piecesOf(oneOf(corpus.scripts, random));
  for (let left = 1 + below(3, random); left > 0; left--) oneOf(MUTATORS, random)(pieces, { corpus, random });
  if (below(BLOW_UP_RATE, random) === 0) oneOf(BLOW_UPS, random)(pieces, { corpus, random });
  return pieces.join(oneOf([' ', ' ', '\n', ''], random));
}

function piecesOf(text: string): string[] {
  return lex(text).flatMap(({ kind, span }) => (kind === 'end' ? [] : [text.slice(span.start, span.end)]));
}

function kindOf(piece: string): string {
  if (/^[a-z`]/.test(piece)) return 'name';
  if (/^[A-Z]/.test(piece)) return 'keyword';
  return /^\d/.test(piece) ? 'number' : (piece[0] ?? '');
}

function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}

function oneOf<Item>(items: readonly Item[], random: Random): Item {
  return items[below(items.length, random)]!;
}
