import assert from 'node:assert/strict';
import { systemClock } from '../../common/clock.js';
import { createHttpTransport } from '../../kit/http-transport.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../../spec/batch.js';
import { STRING, type DataType, type Field } from '../../spec/data-type.js';
import type { AwsKeySource, HttpRequest, HttpResponse, HttpTransport, Model, ModelResult } from '../../spec/provider.js';
import { startBedrockSimulator, type BedrockSimulator } from '../../testing/bedrock-simulator/bedrock-simulator.js';
import type { BedrockSimulatorOptions } from '../../testing/bedrock-simulator/simulator-options.js';
import { bedrock } from './bedrock-provider.js';

export const SECRET = 'wJalrXUtnFEMI/test/0123456789';
export const NOVA = 'us.amazon.nova-lite-v1:0';
export const CLAUDE = 'anthropic.claude-haiku-4-5-20251001-v1:0';

const KEYS = { 'access-key-id': 'AKIATEST', 'secret-access-key': SECRET };

export type Columns = Readonly<Record<string, DataType>>;

export function fields(columns: Columns): Field[] {
  return Object.entries(columns).map(([name, type]) => ({ name, type }));
}

export interface OpenInit {
  readonly http: HttpTransport;
  /** With keys of their own unless they say how else to authorize. */
  readonly options?: Readonly<Record<string, string>>;
  readonly inputs?: Columns;
  readonly outputs?: Columns;
  readonly awsKeys?: AwsKeySource;
  /** Wall clock in milliseconds; the system's when absent. */
  readonly now?: () => number;
}

/** A model in `us-east-1`, signed with the keys of the simulators of this file unless `awsKeys` or options say otherwise. */
export async function open({
  http,
  options = {},
  inputs = { text: STRING },
  outputs = { answer: STRING },
  awsKeys,
  now,
}: OpenInit): Promise<Model> {
  const isBare = awsKeys !== undefined || 'api-key' in options || 'access-key-id' in options;
  return bedrock.openModel({
    name: 'm',
    options: bedrock.options.parse({ model: NOVA, region: 'us-east-1', ...(isBare ? {} : KEYS), ...options }),
    inputs: fields(inputs),
    outputs: fields(outputs),
    http,
    clock: now === undefined ? systemClock : { ...systemClock, now },
    random: () => 0.5,
    awsKeys,
    openModelFile: () => assert.fail('no runtime is needed'),
  });
}

export function batch(rows: readonly (readonly Value[])[], inputs: Columns = { text: STRING }): Batch {
  return batchOfRows(fields(inputs), rows);
}

export function call(model: Model, inputs: Batch, signal: AbortSignal = new AbortController().signal): Promise<ModelResult> {
  return model.predict(inputs, { signal, callId: 'call-7' });
}

export function rowsOf({ outputs, inputOf }: ModelResult, rowCount: number): Value[][] {
  const count = inputOf?.length ?? rowCount;
  return Array.from({ length: count }, (_, row) => rowAt({ kind: 'batch', rowCount: count, columns: outputs }, row));
}

/** A service that answers everything with `reply` and keeps what it was sent. */
export function recorder(reply: Partial<HttpResponse> & { readonly json?: unknown }) {
  const sent: HttpRequest[] = [];
  const http: HttpTransport = {
    request: request => {
      sent.push(request);
      return Promise.resolve({ status: 200, headers: {}, body: JSON.stringify(reply.json ?? {}), ...reply });
    },
  };
  return { sent, http, body: () => JSON.parse(sent.at(-1)!.body!) as Record<string, unknown> };
}

/** A Converse reply with one text. */
export function textReply(text: string, more: object = {}): { readonly json: unknown } {
  return { json: { output: { message: { role: 'assistant', content: [{ text }] } }, stopReason: 'end_turn', ...more } };
}

/** Runs against a simulator of its own that knows the keys of this file. */
export async function withSimulator(
  options: Partial<BedrockSimulatorOptions>,
  run: (simulator: BedrockSimulator, http: HttpTransport) => Promise<void>,
): Promise<void> {
  const simulator = await startBedrockSimulator({ ...KEYS, ...options });
  const http = createHttpTransport({ connections: 4 });
  try {
    await run(simulator, http);
  } finally {
    await simulator.close();
    await http.close();
  }
}
