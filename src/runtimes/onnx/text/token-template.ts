import { z } from 'zod';

/** The tokens of one or two texts, with those that the model wants around them. */
export interface TokenizedText {
  readonly ids: Int32Array;
  /** 0 and 1 by the text that a token is of, as the tokenizer tells. */
  readonly types: Uint8Array;
}

type Item =
  | { readonly kind: 'special'; readonly ids: readonly number[]; readonly type: number }
  | { readonly kind: 'text'; readonly index: 0 | 1; readonly type: number };

/** Where the tokens of one text, or of two, stand among special tokens. */
export interface TokenTemplate {
  readonly single: readonly Item[];
  readonly pair: readonly Item[];
}

const PLAIN: TokenTemplate = {
  single: [{ kind: 'text', index: 0, type: 0 }],
  pair: [
    { kind: 'text', index: 0, type: 0 },
    { kind: 'text', index: 1, type: 1 },
  ],
};

const tokenId = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const typeId = z.int().min(0).max(255);
const named = z.tuple([z.string(), tokenId]);
const piece = z.union([
  z.object({ SpecialToken: z.object({ id: z.string(), type_id: typeId }) }),
  z.object({ Sequence: z.object({ id: z.enum(['A', 'B']), type_id: typeId }) }),
]);
const postProcessor = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ByteLevel') }),
  z.object({ type: z.literal('BertProcessing'), sep: named, cls: named }),
  z.object({ type: z.literal('RobertaProcessing'), sep: named, cls: named }),
  z.object({
    type: z.literal('TemplateProcessing'),
    single: z.array(piece).max(1_000),
    pair: z.array(piece).max(1_000),
    special_tokens: z.record(z.string(), z.object({ ids: z.array(tokenId).max(1_000) })),
  }),
  z.object({ type: z.literal('Sequence'), processors: z.array(z.looseObject({ type: z.string() })).max(16) }),
]);

/**
 * The template that `post_processor` of a tokenizer.json describes.
 *
 * @throws {z.ZodError | RangeError} for one of another kind.
 */
export function tokenTemplate(json: unknown): TokenTemplate {
  if (json === null || json === undefined) return PLAIN;
  const parsed = postProcessor.parse(json);
  switch (parsed.type) {
    case 'ByteLevel':
      return PLAIN;
    case 'BertProcessing':
      return framed({ cls: parsed.cls[1], between: [parsed.sep[1]], end: parsed.sep[1], second: 1 });
    case 'RobertaProcessing':
      return framed({ cls: parsed.cls[1], between: [parsed.sep[1], parsed.sep[1]], end: parsed.sep[1], second: 0 });
    case 'TemplateProcessing': {
      const { special_tokens: tokens } = parsed;
      return { single: parsed.single.map(each => itemOf(each, tokens)), pair: parsed.pair.map(each => itemOf(each, tokens)) };
    }
    case 'Sequence': {
      const templates = parsed.processors.filter(({ type }) => type !== 'ByteLevel');
      if (templates.length > 1)
        throw new RangeError(`several post-processors that add tokens, ${templates.map(({ type }) => type).join(', ')}`);
      return tokenTemplate(templates[0]);
    }
  }
}

function framed({ cls, between, end, second }: { cls: number; between: readonly number[]; end: number; second: number }): TokenTemplate {
  const special = (ids: readonly number[], type: number): Item => ({ kind: 'special', ids, type });
  const first: Item = { kind: 'text', index: 0, type: 0 };
  return {
    single: [special([cls], 0), first, special([end], 0)],
    pair: [special([cls], 0), first, special(between, 0), { kind: 'text', index: 1, type: second }, special([end], second)],
  };
}

function itemOf(given: z.output<typeof piece>, tokens: Readonly<Record<string, { readonly ids: readonly number[] }>>): Item {
  if ('Sequence' in given) return { kind: 'text', index: given.Sequence.id === 'A' ? 0 : 1, type: given.Sequence.type_id };
  const { id, type_id: type } = given.SpecialToken;
  const special = Object.hasOwn(tokens, id) ? tokens[id] : undefined;
  if (special === undefined) throw new RangeError(`post_processor names the special token "${id}", which it does not define`);
  return { kind: 'special', ids: special.ids, type };
}

/** How many special tokens a template adds. */
export function addedTokens(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + (item.kind === 'special' ? item.ids.length : 0), 0);
}

/** The tokens of the texts at their places. */
export function fillTemplate(items: readonly Item[], texts: readonly (readonly number[])[]): TokenizedText {
  const ids: number[] = [];
  const types: number[] = [];
  for (const item of items) {
    const taken = item.kind === 'special' ? item.ids : texts[item.index]!;
    for (const id of taken) {
      ids.push(id);
      types.push(item.type);
    }
  }
  return { ids: Int32Array.from(ids), types: Uint8Array.from(types) };
}

/**
 * How many tokens of each text are kept so that together they are at most `room`: the longer text gives first, as
 * `LongestFirst` in https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/utils/truncation.rs does.
 */
export function keptLengths(lengths: readonly number[], room: number): number[] {
  if (lengths.length < 2) return lengths.map(length => Math.min(length, room));
  const [a = 0, b = 0] = lengths;
  if (a + b <= room) return [a, b];
  const short = Math.min(a, b);
  let longKept = short > room ? short : Math.max(short, room - short);
  let shortKept = short;
  if (shortKept + longKept > room) {
    shortKept = Math.floor(room / 2);
    longKept = shortKept + (room % 2);
  }
  return a > b ? [longKept, shortKept] : [shortKept, longKept];
}
