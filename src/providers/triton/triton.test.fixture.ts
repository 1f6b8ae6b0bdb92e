import assert from 'node:assert/strict';
import { systemClock } from '../../common/clock.js';
import { createHttpTransport } from '../../kit/http-transport.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../../spec/batch.js';
import { DOUBLE, type DataType, type Field } from '../../spec/data-type.js';
import type { HttpRequest, HttpResponse, HttpTransport, Model, ModelResult } from '../../spec/provider.js';
import { BUILT_IN_MODELS } from '../../testing/triton-simulator/built-in-models.js';
import type { TritonSimulatorOptions } from '../../testing/triton-simulator/simulator-options.js';
import type { SimulatedTensorModel } from '../../testing/triton-simulator/tensor-model.js';
import { startTritonSimulator, type TritonSimulator } from '../../testing/triton-simulator/triton-simulator.js';
import { triton } from './triton-provider.js';

export type Columns = Readonly<Record<string, DataType>>;

/** INPUT of the model `logistic_regression`. */
export const FEATURES: Columns = { amount: DOUBLE, risk: DOUBLE, age: DOUBLE, night: DOUBLE };

export function fields(columns: Columns): Field[] {
  return Object.entries(columns).map(([name, type]) => ({ name, type }));
}

export function batch(columns: Columns, rows: readonly (readonly Value[])[]): Batch {
  return batchOfRows(fields(columns), rows);
}

export interface OpenInit {
  readonly http: HttpTransport;
  readonly endpoint: string;
  readonly model: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly inputs: Columns;
  readonly outputs: Columns;
}

export async function open({ http, endpoint, model, options, inputs, outputs }: OpenInit): Promise<Model> {
  return triton.openModel({
    name: 'm',
    options: triton.options.parse({ endpoint, model, ...options }),
    inputs: fields(inputs),
    outputs: fields(outputs),
    http,
    clock: systemClock,
    random: () => 0.5,
    openModelFile: () => assert.fail('no runtime is needed'),
  });
}

export function call(model: Model, inputs: Batch): Promise<ModelResult> {
  return model.predict(inputs, { signal: new AbortController().signal, callId: 'call-7' });
}

/** Output rows, of which there are as many as `inputOf` or the inputs say. */
export function rowsOf({ outputs, inputOf }: ModelResult, rowCount: number): Value[][] {
  const count = inputOf?.length ?? rowCount;
  return Array.from({ length: count }, (_, row) => rowAt({ kind: 'batch', rowCount: count, columns: outputs }, row));
}

export interface World {
  readonly simulator: TritonSimulator;
  /** Requests that were sent, those at open among them. */
  readonly sent: readonly HttpRequest[];
  readonly answers: readonly HttpResponse[];
  open(init: Omit<OpenInit, 'http' | 'endpoint'>): Promise<Model>;
}

/** A simulator, and a transport that keeps what passes. */
export async function withTriton(
  settings: Partial<TritonSimulatorOptions>,
  run: (world: World) => Promise<void>,
  models: readonly SimulatedTensorModel[] = BUILT_IN_MODELS,
): Promise<void> {
  const simulator = await startTritonSimulator(settings, models);
  const http = createHttpTransport({ connections: 4 });
  const sent: HttpRequest[] = [];
  const answers: HttpResponse[] = [];
  const recording: HttpTransport = {
    async request(request) {
      sent.push(request);
      const answer = await http.request(request);
      answers.push(answer);
      return answer;
    },
  };
  try {
    await run({ simulator, sent, answers, open: init => open({ ...init, http: recording, endpoint: simulator.url }) });
  } finally {
    await simulator.close();
    await http.close();
  }
}

/** A model that gives its inputs back: input `x` as output `y`, and so on. */
export function echo(init: Partial<SimulatedTensorModel> & Pick<SimulatedTensorModel, 'inputs'>): SimulatedTensorModel {
  const outputs = init.inputs.map(input => ({ ...input, name: `${input.name}_out` }));
  return {
    name: 'echo',
    maxBatchSize: 8,
    outputs,
    run: inputs => [...inputs.values()].map(tensor => ({ ...tensor, name: `${tensor.name}_out` })),
    ...init,
  };
}
