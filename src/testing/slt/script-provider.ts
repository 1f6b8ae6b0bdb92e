import { z } from 'zod';
import type { Clock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import { UTC } from '../../common/zone.js';
import { serviceError } from '../../kit/service-error.js';
import { columnOf, rowAt, valueAt, type Batch, type Value } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import { integer, option, text } from '../../spec/option.js';
import { defineProvider, type Model, type ModelCall, type ModelContext, type ModelResult, type Provider } from '../../spec/provider.js';
import { formatCell, parseCell, splitCells } from './cell-text.js';
import { parseScriptLine, type ScriptLine, type ScriptReply } from './script-line.js';

/** How calls are counted that a job makes again after a restart. */
export type RepeatedCalls = 'told' | 'hidden';

/** Models that answer as a test says. */
export interface Scripts {
  /** `'provider' = 'script'`: each call of a model takes the next line of its script. */
  readonly provider: Provider;
  /** Adds lines to a model's script; see `parseScriptLine`. */
  script(model: string, lines: readonly string[]): void;
  /** The calls since the last look: the inputs, then what came of the call. */
  calls(model: string): string[];
  /** Lines of all models that no call has taken; those for all further calls do not count. */
  readonly left: readonly { readonly model: string; readonly count: number }[];
  /**
   * Opens models for a job that starts; with `repeated`, for one that starts again: until `settled`, a call with inputs
   * that the job sent before is answered as then, without a new line, and told as `… | again` or not at all.
   */
  startJob<T>(job: string, start: () => Promise<T>, repeated?: RepeatedCalls): Promise<T>;
  /** The job has caught up: equal inputs are new calls from now on. */
  settled(job: string): void;
}

const options = z.object({
  task: option(text().optional(), { doc: 'What the model is said to do.' }),
  'max-inputs-per-call': option(integer({ min: 1 }).default(1_000), { doc: 'Most inputs of one call.' }),
});

export function createScripts(clock: Clock): Scripts {
  return new ScriptRoom(clock);
}

/** What was said to one callId: the last attempt counts. */
interface Exchange {
  readonly model: string;
  readonly inputs: string;
  readonly line: ScriptLine;
}

interface Life {
  readonly repeated: RepeatedCalls;
  /** What earlier lives of the job were told and this one has not asked again. */
  readonly before: Exchange[];
  readonly exchanges: Map<string, Exchange>;
}

class ScriptRoom implements Scripts {
  readonly provider: Provider;
  readonly #clock: Clock;
  readonly #lines = new Map<string, ScriptLine[]>();
  readonly #log = new Map<string, string[]>();
  readonly #lives = new Map<string, Life>();
  #starting: string | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.provider = defineProvider({
      name: 'script',
      options,
      defaults: { batchSize: 1, batchTimeoutMs: 0, maxConcurrentRequests: 100 },
      openModel: context => this.#open(context),
    });
  }

  script(model: string, lines: readonly string[]): void {
    this.#lines.set(model, [...(this.#lines.get(model) ?? []), ...lines.map(parseScriptLine)]);
  }

  calls(model: string): string[] {
    const log = this.#log.get(model) ?? [];
    this.#log.set(model, []);
    return log;
  }

  get left(): readonly { readonly model: string; readonly count: number }[] {
    return [...this.#lines]
      .map(([model, lines]) => ({ model, count: lines.filter(line => !line.repeats).length }))
      .filter(({ count }) => count > 0);
  }

  async startJob<T>(job: string, start: () => Promise<T>, repeated?: RepeatedCalls): Promise<T> {
    const last = this.#lives.get(job);
    this.#lives.set(job, {
      repeated: repeated ?? 'told',
      before: last && repeated ? [...last.exchanges.values(), ...last.before] : [],
      exchanges: new Map(),
    });
    this.#starting = job;
    try {
      return await start();
    } finally {
      this.#starting = undefined;
    }
  }

  settled(job: string): void {
    this.#lives.get(job)?.before.splice(0);
  }

  #open(context: ModelContext<z.output<typeof options>>): Model {
    const life = this.#lives.get(this.#starting ?? '') ?? { repeated: 'told', before: [], exchanges: new Map() };
    return {
      maxInputsPerCall: context.options['max-inputs-per-call'],
      version: 'script',
      predict: (inputs, call) => this.#predict({ context, inputs, call, life }),
    };
  }

  async #predict({
    context,
    inputs,
    call,
    life,
  }: {
    context: ModelContext<unknown>;
    inputs: Batch;
    call: ModelCall;
    life: Life;
  }): Promise<ModelResult> {
    const { name } = context;
    const text = inputsText(inputs);
    const known = takeKnown(life, name, text, call.callId);
    const line = known?.line ?? this.#next(name, text);
    life.exchanges.set(call.callId, { model: name, inputs: text, line });
    const log = this.#log.get(name) ?? [];
    this.#log.set(name, log);
    if (!known) log.push(`${text} | ${outcomeText(line)}`);
    else if (life.repeated === 'told') log.push(`${text} | again`);
    if (line.delayMs > 0) await this.#clock.sleep(line.delayMs, call.signal);
    const { usage, requestId } = line;
    const result = await reply(line.reply, { context, inputs, call, nowMs: this.#clock.now() });
    return { ...result, ...(usage && { usage }), ...(requestId !== undefined && { requestId }) };
  }

  #next(model: string, inputs: string): ScriptLine {
    const lines = this.#lines.get(model) ?? [];
    const [first] = lines;
    if (first === undefined)
      throw new MillraceError({ code: 'INTERNAL', message: `the script of model "${model}" has no answer left for ${inputs}` });
    if (!first.repeats) lines.shift();
    return first;
  }
}

/** What was said to the same inputs before the restart. A retry of this life is a call of its own. */
function takeKnown({ before, exchanges }: Life, model: string, inputs: string, callId: string): Exchange | undefined {
  if (exchanges.has(callId)) return undefined;
  const index = before.findIndex(exchange => exchange.model === model && exchange.inputs === inputs);
  return index === -1 ? undefined : before.splice(index, 1)[0];
}

/** `great; awful`, or `(great, 1); (awful, 2)` for several INPUT columns. */
function inputsText(inputs: Batch): string {
  const rows = Array.from({ length: inputs.rowCount }, (_, row) =>
    inputs.columns.map(column => formatCell(valueAt(column, row), column.type, UTC)),
  );
  return rows.map(cells => (cells.length === 1 ? cells[0] : `(${cells.join(', ')})`)).join('; ');
}

function outcomeText({ delayMs, reply: { kind, ...rest } }: ScriptLine): string {
  const outcome =
    kind === 'status'
      ? String((rest as { status: number }).status)
      : kind === 'error'
        ? (rest as { code: string }).code
        : kind === 'echo'
          ? 'ok'
          : kind;
  return delayMs > 0 ? `${outcome} after ${delayMs} ms` : outcome;
}

interface ReplyContext {
  readonly context: ModelContext<unknown>;
  readonly inputs: Batch;
  readonly call: ModelCall;
  readonly nowMs: number;
}

function reply(what: ScriptReply, { context, inputs, call, nowMs }: ReplyContext): ModelResult | Promise<ModelResult> {
  switch (what.kind) {
    case 'hang':
      return new Promise((_, reject) => {
        call.signal.addEventListener('abort', () => reject(call.signal.reason as Error), { once: true });
      });
    case 'status':
      throw serviceError({ service: 'script', response: { status: what.status, headers: what.headers, body: '' }, nowMs, secrets: [] });
    case 'error':
      throw new MillraceError({ code: what.code, message: what.message, retry: 'backoff' });
    case 'echo':
      return {
        outputs: outputColumns(
          context.outputs,
          Array.from({ length: inputs.rowCount }, (_, row) => echo(inputs, row, context.outputs)),
        ),
      };
    case 'ok':
      return answered(what, inputs, context.outputs);
  }
}

/** The text of input i, read as output i. */
function echo(inputs: Batch, row: number, outputs: readonly Field[]): Value[] {
  const values = rowAt(inputs, row);
  return outputs.map((field, i) => parseCell(formatCell(values[i] ?? null, inputs.columns[i]?.type ?? field.type, UTC), field, UTC));
}

function answered({ answers }: Extract<ScriptReply, { kind: 'ok' }>, inputs: Batch, outputs: readonly Field[]): ModelResult {
  if (answers.length !== inputs.rowCount) {
    throw new MillraceError({
      code: 'INTERNAL',
      message: `the script has ${answers.length} answers for the ${inputs.rowCount} inputs ${inputsText(inputs)}`,
    });
  }
  const rows: Value[][] = [];
  const inputOf: number[] = [];
  const failures = new Map<number, MillraceError>();
  for (const [index, answer] of answers.entries()) {
    if ('failure' in answer)
      failures.set(index, new MillraceError({ code: answer.failure, message: 'the script says so', retry: 'backoff' }));
    else {
      for (const text of answer.rows) {
        rows.push(readRow(text, outputs));
        inputOf.push(index);
      }
    }
  }
  return { outputs: outputColumns(outputs, rows), inputOf: Uint32Array.from(inputOf), failures };
}

function readRow(text: string, outputs: readonly Field[]): Value[] {
  const cells = splitCells(text);
  if (cells.length === outputs.length) return outputs.map((field, i) => parseCell(cells[i]!, field, UTC));
  throw new MillraceError({
    code: 'INTERNAL',
    message: `the answer "${text}" has ${cells.length} cells for ${outputs.length} OUTPUT columns`,
  });
}

function outputColumns(outputs: readonly Field[], rows: readonly (readonly Value[])[]): ModelResult['outputs'] {
  return outputs.map(({ type }, c) =>
    columnOf(
      type,
      rows.map(row => row[c]!),
    ),
  );
}
