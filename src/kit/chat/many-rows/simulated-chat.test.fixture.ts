import type { Value } from '../../../spec/batch.js';
import { batchOfRows, rowAt } from '../../../spec/batch.js';
import { STRING, type DataType, type Field } from '../../../spec/data-type.js';
import type { Model, ModelResult } from '../../../spec/provider.js';
import type { MillraceError } from '../../../common/error.js';
import type { ChatChoice, ChatRequest } from '../chat-wire.js';
import { createLanguageModel, type LanguageModelOptions } from '../language-model.js';

/** A row as a model reads it in the message: every member as its text. */
export type SeenRow = Readonly<Record<string, unknown>>;

export interface SimulatedChatInit {
  readonly options?: LanguageModelOptions;
  readonly inputs?: Readonly<Record<string, DataType>>;
  readonly outputs?: Readonly<Record<string, DataType>>;
  readonly hasSchemas?: boolean;
  readonly choices?: number;
  /** What the model says: a text, or a choice. */
  readonly answer: (rows: readonly SeenRow[], request: ChatRequest) => string | ChatChoice;
}

export interface SimulatedChat {
  readonly model: Model;
  /** What the service was asked, in order. */
  readonly requests: ChatRequest[];
  /** Each row's answer, or the message of its failure. */
  ask(rows: readonly (readonly Value[])[], rejection?: string): Promise<readonly (readonly Value[] | MillraceError)[]>;
  predict(rows: readonly (readonly Value[])[], rejection?: string): Promise<ModelResult>;
}

/** A language model whose service is a function. */
export function simulateChat({
  options = {},
  inputs = { review: STRING },
  outputs = { mood: STRING },
  hasSchemas = true,
  choices = 1,
  answer,
}: SimulatedChatInit): SimulatedChat {
  const requests: ChatRequest[] = [];
  const columns = fieldsOf(inputs);
  const model = createLanguageModel({
    wire: {
      service: 'simulated',
      hasSchemas,
      choices,
      ask(request) {
        requests.push(request);
        const said = answer(rowsIn(request.message), request);
        const choice: ChatChoice = typeof said === 'string' ? { text: said, ending: 'complete' } : said;
        return Promise.resolve({ choices: Array.from({ length: choices }, () => choice), usage: { inputTokens: 7, outputTokens: 5 } });
      },
    },
    options,
    inputs: columns,
    outputs: fieldsOf(outputs),
    version: 'v',
    quota: 'q',
  });
  const predict: SimulatedChat['predict'] = (rows, rejection) =>
    model.predict(batchOfRows(columns, rows), { signal: new AbortController().signal, callId: 'call-7', rejection });
  return {
    model,
    requests,
    predict,
    ask: async (rows, rejection) => outcomesOf(await predict(rows, rejection), rows.length),
  };
}

function fieldsOf(columns: Readonly<Record<string, DataType>>): Field[] {
  return Object.entries(columns).map(([name, type]) => ({ name, type }));
}

/** The lines of a message that are JSON objects. */
function rowsIn(message: string): readonly SeenRow[] {
  return message.split('\n').flatMap(line => {
    try {
      return [JSON.parse(line) as SeenRow];
    } catch {
      return [];
    }
  });
}

function outcomesOf({ outputs, inputOf, failures }: ModelResult, rowCount: number): (readonly Value[] | MillraceError)[] {
  const count = inputOf?.length ?? rowCount;
  const outcomes: (readonly Value[] | MillraceError)[] = [];
  for (let i = 0; i < count; i++) outcomes[inputOf?.[i] ?? i] = rowAt({ kind: 'batch', rowCount: count, columns: outputs }, i);
  for (const [row, failure] of failures ?? []) outcomes[row] = failure;
  return outcomes;
}
