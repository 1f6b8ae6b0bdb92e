import type { ModelObject } from '../catalog/objects.js';
import { MillraceError, MillraceErrors, toMillraceError } from '../common/error.js';
import { notRun } from '../common/not-run.js';
import type { OptionSpans, Span } from '../common/span.js';
import { canonicalKey, canonicalOptions, checkOptions, readOptions, type GivenOptions, type OptionGroup } from '../config/read-options.js';
import { createPredictor } from '../inference/dispatcher.js';
import { runtimeOptions, type RuntimeOptions } from '../inference/options.js';
import { UsageCounter } from '../inference/usage.js';
import { SCORE_PROVIDER } from '../planner/binder/bind-score.js';
import type { ModelCallSite } from '../planner/logical/expression.js';
import type { PredictExec } from '../planner/physical/exec-node.js';
import type { AnswerJournal } from '../spec/answer-journal.js';
import { answerColumns } from '../spec/call-metadata.js';
import type { Predictor } from '../spec/predictor.js';
import type { HttpTransport, Provider } from '../spec/provider.js';
import { option, text } from '../spec/option.js';
import { z } from 'zod';
import { absentModelOptions } from './absent-extensions.js';
import { declaredExtension, loadExtension } from './extensions.js';
import type { SessionHost } from './host.js';
import type { Settings } from './settings.js';
import { overridden } from './change-options.js';

/** The key that the session itself reads. */
export const modelOptions = z.object({ provider: option(text(), { doc: 'Which provider reaches the model.' }) });

/** Opens models of statements. */
export class ModelFactory {
  readonly #host: SessionHost;
  readonly #settings: Settings;
  readonly #usage = new Map<string, UsageCounter>();
  #http: Promise<HttpTransport & { close(): Promise<void> }> | undefined;

  constructor(host: SessionHost, settings: Settings) {
    this.#host = host;
    this.#settings = settings;
  }

  /** What each model did so far, by name. */
  get usage(): ReadonlyMap<string, UsageCounter> {
    return this.#usage;
  }

  /** Checks the options of a model as far as the text tells. @throws {MillraceError | MillraceErrors} */
  async check(model: ModelObject, spans: OptionSpans): Promise<void> {
    const provider = await this.#provider(model, { use: declaredExtension, spans });
    checkOptions(givenOf(model, model.options, spans), groupsOf(provider));
  }

  /** Checks the overrides of a call as far as the text tells. @throws {MillraceError | MillraceErrors} at the override, or at the call. */
  async checkCall({ model, config, configSpans, span }: ModelCallSite): Promise<void> {
    if (config.size === 0) return;
    try {
      const provider = await this.#provider(model, { use: declaredExtension });
      checkOptions(givenOf(model, overridden(model.options, config, await this.keyOf(model)), configSpans), groupsOf(provider));
    } catch (thrown) {
      throw placedAtCall(thrown, span);
    }
  }

  /** Which option a key means in any of its spellings. */
  async keyOf(model: ModelObject): Promise<(written: string) => string> {
    const groups = groupsOf(await this.#provider(model, { use: declaredExtension }));
    return written => canonicalKey(written, groups);
  }

  /**
   * The model of a call site behind the runtime; closing the predictor closes the model.
   *
   * @param journal of the call site, where the job's state survives the process.
   * @throws {MillraceError | MillraceErrors} at the call, for what is wrong with its options.
   */
  async openPredictor(node: PredictExec, journal?: AnswerJournal): Promise<Predictor> {
    try {
      return await this.#openPredictor(node, journal);
    } catch (thrown) {
      throw placedAtCall(thrown, node.call.span);
    }
  }

  async #openPredictor({ call, form, keepsRows }: PredictExec, journal: AnswerJournal | undefined): Promise<Predictor> {
    const { model, config } = call;
    if (model.options.get('provider') === SCORE_PROVIDER) throw notRun('ML_SCORE');
    const provider = await this.#provider(model, { use: loadExtension });
    const canonical = (values: ReadonlyMap<string, string>): Map<string, string> =>
      canonicalOptions(givenOf(model, values), groupsOf(provider));
    const values = new Map([...canonical(model.options), ...canonical(config)]);
    const [, runtime, options, absent] = readOptions(givenOf(model, values), groupsOf(provider), this.#settings.secrets) as readonly [
      unknown,
      RuntimeOptions,
      never,
      Readonly<Record<string, unknown>>,
    ];
    refuseAbsent(model, absent);
    const opened = await this.#openModel(provider, model, options);
    const predictor = createPredictor({
      model: opened,
      name: model.name.object,
      outputs: model.outputs,
      options: runtimeOf(runtime, { form, keepsRows }),
      defaults: provider.defaults,
      clock: this.#host.clock,
      random: this.#host.random,
      ids: this.#host.newId,
      usage: this.#counter(model.name.object),
      ...(journal && { journal }),
    });
    return closingWith(predictor, async () => opened.close?.());
  }

  async close(): Promise<void> {
    await (await this.#http)?.close();
  }

  #counter(name: string): UsageCounter {
    const found = this.#usage.get(name) ?? new UsageCounter();
    this.#usage.set(name, found);
    return found;
  }

  async #provider(
    model: ModelObject,
    { use, spans }: { readonly use: typeof loadExtension; readonly spans?: OptionSpans },
  ): Promise<Provider> {
    const name = model.options.get('provider');
    if (name === undefined) {
      throw new MillraceError({
        code: 'MISSING_OPTION',
        message: `model "${model.name.object}" lacks the option "provider"`,
        notes: [{ message: `add 'provider' = 'openai', or one of ${Object.keys(this.#host.extensions.providers).join(', ')}` }],
      });
    }
    try {
      return await use(this.#host.extensions, 'providers', name);
    } catch (thrown) {
      const span = spans?.get('provider')?.value;
      throw span ? toMillraceError(thrown).at(span) : thrown;
    }
  }

  async #openModel(provider: Provider, model: ModelObject, options: never) {
    try {
      return await provider.openModel({
        name: model.name.object,
        options,
        inputs: model.inputs,
        outputs: answerColumns(model.outputs),
        http: lazyHttp(() => (this.#http ??= this.#host.openHttp())),
        clock: this.#host.clock,
        random: this.#host.random,
        awsKeys: this.#host.awsKeys,
        loadRuntime: name => loadExtension(this.#host.extensions, 'runtimes', name),
      });
    } catch (thrown) {
      throw toMillraceError(thrown).within({ model: model.name.object, provider: provider.name });
    }
  }
}

function placedAtCall(thrown: unknown, span: Span): MillraceError | MillraceErrors {
  if (thrown instanceof MillraceErrors) return new MillraceErrors(thrown.errors.map(error => error.at(span)));
  const error = toMillraceError(thrown);
  return error.domain === 'user' ? error.at(span) : error;
}

function refuseAbsent(model: ModelObject, options: Readonly<Record<string, unknown>>): void {
  const key = Object.keys(options).find(each => options[each] !== undefined);
  if (key === undefined) return;
  throw new MillraceError({
    code: 'UNSUPPORTED',
    message: `option "${key}" of model "${model.name.object}" has no effect in this build`,
    notes: [{ message: 'remove it' }],
  });
}

function givenOf(model: ModelObject, values: ReadonlyMap<string, string>, spans?: OptionSpans): GivenOptions {
  return { owner: `model "${model.name.object}"`, values, spans };
}

function groupsOf(provider: Provider): OptionGroup[] {
  return [
    { schema: modelOptions },
    { schema: runtimeOptions },
    { schema: provider.options },
    { schema: absentModelOptions, unlisted: true },
  ];
}

/** A call whose result has a field for the reason never stops the job, and a left join loses no row. */
function runtimeOf(runtime: RuntimeOptions, { form, keepsRows }: Pick<PredictExec, 'form' | 'keepsRows'>): RuntimeOptions {
  const isSkipping = runtime['on-error'] === 'skip' || runtime['on-error'] === 'ignore';
  return form === 'result' || (keepsRows && isSkipping) ? { ...runtime, 'on-error': 'null' } : runtime;
}

/** A transport that is opened by its first request: local models never pay for it. */
function lazyHttp(open: () => Promise<HttpTransport>): HttpTransport {
  return { request: async request => (await open()).request(request) };
}

function closingWith(predictor: Predictor, closeModel: () => Promise<void>): Predictor {
  return {
    name: predictor.name,
    ordered: predictor.ordered,
    rowsPerSubmission: predictor.rowsPerSubmission,
    maxPendingRows: predictor.maxPendingRows,
    submit: inputs => predictor.submit(inputs),
    barrier: () => predictor.barrier(),
    flush: () => predictor.flush(),
    pause: () => predictor.pause(),
    async close() {
      await predictor.close();
      await closeModel();
    },
  };
}
