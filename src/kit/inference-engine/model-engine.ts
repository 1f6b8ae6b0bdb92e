import type { Clock } from '../../common/clock.js';
import { MillraceError, toMillraceError } from '../../common/error.js';
import { batchOfRows, valueAt, type Batch, type Value } from '../../spec/batch.js';
import { InferenceResult, type Features, type InferenceEngine, type OutputValue, type Score } from '../../spec/inference-engine.js';
import type { Field } from '../../spec/data-type.js';
import type { ModelHandle } from '../../spec/model-runtime.js';
import type { ModelResult } from '../../spec/provider.js';
import { bindAllOutputs, type BoundModel } from './bind-all-outputs.js';
import { featureValue } from './feature-value.js';
import { fedInputs, inFieldOrder, namedFields, placedFields, type FeatureFields } from './feature-fields.js';
import { firstNumber, scoreReader, type ReadScore } from './score.js';

/** A model that is bound to columns of features, with how its outputs are read. */
interface Binding extends BoundModel {
  readonly features: FeatureFields;
  readonly readScore: ReadScore;
}

/** A row on its way through the model. */
interface TypedRow {
  readonly binding: Binding;
  readonly values: readonly Value[];
}

/** Most ways in which a model is bound to features at a time. */
const MOST_BINDINGS = 16;

/** A model file as an engine: features are found by name, as in SQL, and everything that the model gives comes back. */
export class ModelEngine implements InferenceEngine<ModelHandle> {
  readonly #clock: Clock;
  #handle: ModelHandle | undefined;
  /** By what decides the columns: how many features there are, or which optional ones. */
  readonly #bound = new Map<string, Promise<Binding>>();
  readonly #bindings = new WeakMap<InferenceResult, ReadScore>();
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the handle over. @throws {MillraceError} `MODEL_SCHEMA` or `MODEL_LOAD` for a model that no features can feed. */
  async initialize(handle: ModelHandle): Promise<void> {
    if (this.#handle) throw new MillraceError({ code: 'INVALID_ARGUMENT', message: 'the engine is initialised already' });
    this.#handle = handle;
    const required = fedInputs(handle.model.inputs, new Map());
    if (namedFields(required)) await this.#bindingFor(new Map());
  }

  /** Changes whenever the model's content does. */
  get version(): string {
    return this.#loaded().model.version;
  }

  /** The model bound to columns of a table, for rows that are columns already. @throws {MillraceError} as `bindColumns`. */
  async bindTo(inputs: readonly Field[]): Promise<BoundModel & { readonly readScore: ReadScore }> {
    const bound = await bindAllOutputs(this.#loaded().model, inputs);
    const predict: BoundModel['predict'] = (batch, signal) => this.#counted(bound.predict(batch, signal));
    return { outputs: bound.outputs, predict, readScore: scoreReader(bound.outputs) };
  }

  async infer(inputs: Features): Promise<InferenceResult> {
    return (await this.inferBatch([inputs]))[0]!;
  }

  async inferBatch(inputs: readonly Features[], signal: AbortSignal = new AbortController().signal): Promise<InferenceResult[]> {
    this.#loaded();
    return this.#counted(this.#inferAll(inputs, signal));
  }

  scoreOf(result: InferenceResult): Score {
    const read = this.#bindings.get(result);
    if (!read) return firstNumber(result);
    const outputs = [...result.getOutputs().values()];
    return read(output => outputs[output] ?? null);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#handle?.release();
  }

  #loaded(): ModelHandle {
    if (this.#handle && !this.#closing) return this.#handle;
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: this.#handle ? 'the engine is closed' : 'the engine has no model yet: initialize loads it',
    });
  }

  /** Until it has settled, the model is not released. */
  #counted<T>(run: Promise<T>): Promise<T> {
    const counted = run.finally(() => this.#underWay.delete(counted));
    this.#underWay.add(counted);
    return counted;
  }

  async #inferAll(inputs: readonly Features[], signal: AbortSignal): Promise<InferenceResult[]> {
    const results = new Array<InferenceResult>(inputs.length);
    const groups = new Map<Binding, { readonly places: number[]; readonly rows: (readonly Value[])[] }>();
    for (const [place, features] of inputs.entries()) {
      const row = await this.#typed(features);
      if (MillraceError.is(row)) {
        results[place] = InferenceResult.failure(row.message);
        continue;
      }
      const group = groups.get(row.binding) ?? { places: [], rows: [] };
      groups.set(row.binding, group);
      group.places.push(place);
      group.rows.push(row.values);
    }
    for (const [binding, { places, rows }] of groups) {
      const found = await this.#run(binding, batchOfRows(binding.features.fields, rows), signal);
      for (const [i, result] of found.entries()) results[places[i]!] = result;
    }
    return results;
  }

  /** The row as the model takes it, or why it cannot. @throws what is wrong with the model, and not with the row. */
  async #typed(features: Features): Promise<TypedRow | MillraceError> {
    try {
      const given: ReadonlyMap<string, unknown> = features instanceof Map ? features : new Map(Object.entries(features));
      const binding = await this.#bindingFor(given);
      const values = inFieldOrder(given, binding.features);
      const { fields } = binding.features;
      return { binding, values: values.map(([name, value], i) => featureValue(name, value, fields[i]!.type)) };
    } catch (thrown) {
      const error = toMillraceError(thrown);
      if (error.code === 'PREDICTION_FAILED') return error;
      if (error.code !== 'MODEL_SCHEMA') throw thrown;
      // The binding speaks of INPUT, which a row of features has not.
      const message = error.message.replace(/^INPUT declares (\d+) columns?/, 'the number of features is $1');
      return new MillraceError({ code: 'PREDICTION_FAILED', message, cause: error });
    }
  }

  #bindingFor(given: ReadonlyMap<string, unknown>): Promise<Binding> {
    const inputs = fedInputs(this.#loaded().model.inputs, given);
    const [only] = given.values();
    const width = given.size === 1 && (Array.isArray(only) || ArrayBuffer.isView(only)) ? 'list' : given.size;
    const named = namedFields(inputs);
    const key = JSON.stringify(named ? inputs.map(({ name }) => name) : width);
    const known = this.#bound.get(key);
    if (known) return known;
    const binding = this.#bind(named ?? placedFields(inputs[0]!, width));
    this.#bound.set(key, binding);
    binding.catch(() => this.#bound.delete(key));
    if (this.#bound.size > MOST_BINDINGS) this.#bound.delete(this.#bound.keys().next().value!);
    return binding;
  }

  async #bind(features: FeatureFields): Promise<Binding> {
    const bound = await bindAllOutputs(this.#loaded().model, features.fields);
    return { ...bound, features, readScore: scoreReader(bound.outputs) };
  }

  async #run(binding: Binding, batch: Batch, signal: AbortSignal): Promise<InferenceResult[]> {
    const startedAt = this.#clock.monotonic();
    const answer = await binding.predict(batch, signal);
    const results = resultsOf(answer, { outputs: binding.outputs, rows: batch.rowCount, latencyMs: this.#clock.monotonic() - startedAt });
    for (const result of results) this.#bindings.set(result, binding.readScore);
    return results;
  }
}

interface Run {
  readonly outputs: BoundModel['outputs'];
  readonly rows: number;
  readonly latencyMs: number;
}

/** A result for each row. */
function resultsOf({ outputs: columns, inputOf, failures }: ModelResult, { outputs, rows, latencyMs }: Run): InferenceResult[] {
  const placeOf = new Map(inputOf && Array.from(inputOf, (input, place) => [input, place]));
  return Array.from({ length: rows }, (_, row) => {
    const failure = failures?.get(row);
    if (failure) return InferenceResult.failure(failure.message, latencyMs);
    const place = inputOf ? placeOf.get(row)! : row;
    return InferenceResult.success(new Map(outputs.map(({ name }, i) => [name, valueAt(columns[i]!, place) as OutputValue])), latencyMs);
  });
}
