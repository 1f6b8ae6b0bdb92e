import type { OutputRead, ReadValues } from '../../../spec/model-runtime.js';
import { allocateValues, FEWEST_ROWS, reasonOf, type OpenSession, type SessionTensor } from '../../../kit/onnx/session-run.js';
import { answerOf, type TextAnswer } from './text-head.js';
import type { PaddingSpec, TextHead, TextPlan, TextProbe, TextRunReply } from './text-protocol.js';
import type { TextTokenizer } from './text-tokenizer.js';
import { TimeLimit } from './time-limit.js';
import { groupByLength, paddedLength, placeOf, tensorsOf, type TokenGroup } from './token-batch.js';
import type { TokenizedText } from './token-template.js';

/** A session with its tokenizer. */
export interface OpenTextModel extends OpenSession {
  readonly tokenizer: TextTokenizer;
  readonly padding: PaddingSpec;
  readonly limit: TimeLimit;
}

/** For the texts of a call together, and for each of them alone where they take longer. */
const TOKENIZE_BATCH_MS = 10_000;
const TOKENIZE_ROW_MS = 2_000;

/** Runs the model over two short rows and tells what came out of each output. */
export async function probeText(open: OpenTextModel, texts: 1 | 2): Promise<TextProbe> {
  const sample = open.tokenizer.encode(texts === 1 ? ['a b'] : ['a b', 'c']);
  const group: TokenGroup = { length: paddedLength(sample.ids.length, open.padding), rows: [0] };
  const size = open.padding.fixedRows ?? FEWEST_ROWS;
  const { session } = open;
  const tensors = session.outputMetadata.filter(output => output.isTensor).map(output => output.name);
  const results = await session.run(feedsOf(open, group, [sample], size), tensors);
  const outputs = session.outputNames.map(name => ({ name, element: results[name]?.type, dims: results[name]?.dims ?? [] }));
  return { kind: 'probe', outputs, length: group.length };
}

/** Tokenizes `rows` rows, runs the model over those without NULL and reads what the plan asks for. A row that fails fails alone. */
export async function runTexts(
  open: OpenTextModel,
  plan: TextPlan,
  { rows, texts }: { rows: number; texts: readonly (string | null)[] },
): Promise<TextRunReply> {
  const failures: [number, string][] = [];
  const nulls = new Uint8Array(rows);
  const rowTexts = Array.from({ length: rows }, (_, row) => {
    const own = texts.slice(row * plan.texts, (row + 1) * plan.texts);
    if (own.includes(null)) nulls[row] = 1;
    return own.includes(null) ? undefined : (own as string[]);
  });
  const tokens = tokenize(open, rowTexts, failures);
  const answers: (TextAnswer | undefined)[] = Array.from({ length: rows });
  for (const group of groupByLength(tokens, open.padding)) await runGroup({ open, plan, tokens, answers, failures }, group);
  const columns = plan.reads.map(read => readColumn(read, plan.head, answers));
  return {
    kind: 'run',
    columns: columns.map(({ values }) => values),
    sizes: columns.map(({ sizes }) => sizes),
    nulls: nulls.includes(1) ? nulls : undefined,
    failures,
  };
}

function tokenize(
  { tokenizer, limit }: OpenTextModel,
  texts: readonly (readonly string[] | undefined)[],
  failures: [number, string][],
): (TokenizedText | undefined)[] {
  // Outcomes are the closure's own until it is done: it may be ended anywhere.
  const whole = limit.run(() => texts.map(own => own && attempt(tokenizer, own)), TOKENIZE_BATCH_MS);
  const outcomes =
    whole?.result ??
    texts.map(own => {
      if (own === undefined) return undefined;
      const alone = limit.run(() => attempt(tokenizer, own), TOKENIZE_ROW_MS);
      return alone?.result ?? `its text takes the tokenizer longer than ${TOKENIZE_ROW_MS / 1_000} s`;
    });
  return outcomes.map((outcome, row) => {
    if (typeof outcome !== 'string') return outcome;
    failures.push([row, outcome]);
    return undefined;
  });
}

/** The tokens of a row, or why there are none. */
function attempt(tokenizer: TextTokenizer, texts: readonly string[]): TokenizedText | string {
  try {
    return tokenizer.encode(texts);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Running {
  readonly open: OpenTextModel;
  readonly plan: TextPlan;
  readonly tokens: readonly (TokenizedText | undefined)[];
  readonly answers: (TextAnswer | undefined)[];
  readonly failures: [number, string][];
}

async function runGroup(running: Running, group: TokenGroup): Promise<void> {
  const { open, plan, tokens, answers, failures } = running;
  const { head } = plan;
  const { rows, length } = group;
  // A lone row takes another kernel only where the rows themselves are multiplied, after their tokens were pooled in the model.
  const fewest = head.kind === 'embedding' && length > 1 ? 1 : FEWEST_ROWS;
  const size = open.padding.fixedRows ?? Math.max(fewest, rows.length);
  try {
    const results = await open.session.run(feedsOf(open, group, tokens, size), [head.output]);
    const tensor = results[head.output]!;
    checkShape(tensor, head.kind === 'embedding' ? [size, length] : [size]);
    for (const [at, row] of rows.entries()) {
      answers[row] = answerOf(head, tensor, { row: at, length, ...placeOf(tokens[row]!.ids.length, length, open.padding.side) });
    }
  } catch (error) {
    if (rows.length === 1) {
      failures.push([rows[0]!, reasonOf(error)]);
      return;
    }
    const middle = Math.ceil(rows.length / 2);
    await runGroup(running, { length, rows: rows.slice(0, middle) });
    await runGroup(running, { length, rows: rows.slice(middle) });
  }
}

function checkShape({ dims }: SessionTensor, expected: readonly number[]): void {
  if (dims.length === expected.length + 1 && expected.every((size, i) => dims[i] === size)) return;
  throw new Error(`the model gave the shape [${dims.join(', ')}], not [${[...expected, '…'].join(', ')}]`);
}

function feedsOf(
  { Tensor: TensorOf, padding }: OpenTextModel,
  group: TokenGroup,
  tokens: readonly (TokenizedText | undefined)[],
  size: number,
): Record<string, SessionTensor> {
  const data = tensorsOf(group, { tokens, padding, size });
  return Object.fromEntries(
    padding.inputs.map(({ name, element }, i) => [name, new TensorOf(element, data[i] as Int32Array, [size, group.length])]),
  );
}

interface ColumnOfAnswers {
  readonly values: ReadValues;
  readonly sizes: Uint32Array | undefined;
}

function readColumn(read: OutputRead, head: TextHead, answers: readonly (TextAnswer | undefined)[]): ColumnOfAnswers {
  if (read.openDimensions !== undefined && head.kind === 'embedding') return readOpen(read, head.width, answers);
  const values = allocateValues(read.form, answers.length * read.count) as (number | string)[];
  for (const [row, answer] of answers.entries()) {
    const given = answer?.[read.output];
    if (given === undefined) continue;
    for (let i = 0; i < read.count; i++) values[row * read.count + i] = given[read.offset + i]!;
  }
  return { values: values as ReadValues, sizes: undefined };
}

/** The vectors of all tokens, of `width` values each. */
function readOpen({ output, form }: OutputRead, width: number, answers: readonly (TextAnswer | undefined)[]): ColumnOfAnswers {
  const rows = answers.map(answer => (answer?.[output] ?? []) as ArrayLike<number>);
  const values = allocateValues(
    form,
    rows.reduce((sum, row) => sum + row.length, 0),
  ) as Float64Array;
  const sizes = new Uint32Array(2 * rows.length);
  let at = 0;
  for (const [i, row] of rows.entries()) {
    values.set(row, at);
    at += row.length;
    if (row.length > 0) sizes.set([row.length / width, width], 2 * i);
  }
  return { values, sizes };
}
