import { randomUUID } from 'node:crypto';
import type { Catalog } from '../catalog/catalog.js';
import type { ModelObject, Options } from '../catalog/objects.js';
import { MillraceError, toMillraceError } from '../common/error.js';
import type { LogFields } from '../common/logger.js';
import { readOptions } from '../config/read-options.js';
import { LimiterPool } from '../inference/limiter-pool.js';
import { ModelLoader } from '../loader/model-loader.js';
import { isCached, runtimeOptions, type RuntimeOptions } from '../inference/options.js';
import type { ModelPrice } from '../inference/model-price.js';
import { createFallback, createPredictor, type PredictorInit } from '../inference/predictor.js';
import { UsageCounter } from '../inference/usage.js';
import { SCORE_PROVIDER } from '../planner/binder/bind-score.js';
import type { ModelCallSite } from '../planner/logical/expression.js';
import type { PredictExec } from '../planner/physical/exec-node.js';
import type { AnswerCache } from '../spec/answer-cache.js';
import type { AnswerJournal } from '../spec/answer-journal.js';
import { answerColumns } from '../spec/call-metadata.js';
import type { LimitStore } from '../spec/limit-store.js';
import type { Predictor } from '../spec/predictor.js';
import type { ModelFileRequest, ModelHandle, OpenModelFile } from '../spec/model-runtime.js';
import type { HttpTransport, Model, Provider, TokenEstimate } from '../spec/provider.js';
import type { z } from 'zod';
import { AnswerCaches } from './answer-cache.js';
import { answerIdentity } from './answer-identity.js';
import { findFallback } from './fallback-model.js';
import { loadExtension } from './extensions.js';
import type { SessionHost } from './host.js';
import { loggedHttp } from './logged-http.js';
import type { SessionTelemetry } from './session-telemetry.js';
import type { Settings } from './settings.js';
import { LimitStores } from './limit-store.js';
import { givenOf, ModelDeclarations, placedAtCall, type modelOptions } from './model-declarations.js';
import { ModelBudgets } from './model-budget.js';
import { modelCacheLimits } from './model-cache-limits.js';
import { loadPrices, priceOf } from './prices.js';
import { openScoreModel } from './score-model.js';
import type { OpenedTableModel, TableLease } from './table-engines.js';

export interface ModelFactoryInit {
  readonly host: SessionHost;
  readonly settings: Settings;
  /** Where names in options are looked up. */
  readonly catalog: Catalog;
  readonly telemetry: SessionTelemetry;
  /** The table that is the model of a name. */
  readonly findScorer: (name: string) => Promise<OpenedTableModel | undefined>;
  /** As `TableFactory.leaseNamed`. */
  readonly leaseScorer: (name: string) => Promise<TableLease | undefined>;
}

/** How long rows of ml_score wait for others of their batch. */
const SCORE_WAIT_MS = 5;
/** Runs of ml_score at once, where its table is asynchronous. */
const ASYNC_SCORES = 4;

/** Opens models of statements. */
export class ModelFactory {
  /** What the options mean that models are opened with. */
  readonly declarations: ModelDeclarations;
  readonly #host: SessionHost;
  readonly #settings: Settings;
  readonly #catalog: Catalog;
  readonly #limiters: LimiterPool;
  readonly #limitStores: LimitStores;
  readonly #answerCaches: AnswerCaches;
  readonly #telemetry: SessionTelemetry;
  readonly #usage = new Map<string, UsageCounter>();
  readonly #budgets: ModelBudgets;
  readonly #findScorer: ModelFactoryInit['findScorer'];
  readonly #leaseScorer: ModelFactoryInit['leaseScorer'];
  readonly #loader: ModelLoader;
  #http: Promise<HttpTransport & { close(): Promise<void> }> | undefined;

  constructor({ host, settings, catalog, telemetry, findScorer, leaseScorer }: ModelFactoryInit) {
    const { clock, random, limiters = new LimiterPool({ clock, random, log: telemetry.log }) } = host;
    this.declarations = new ModelDeclarations({ extensions: host.extensions, catalog });
    this.#host = host;
    this.#settings = settings;
    this.#catalog = catalog;
    this.#limiters = limiters;
    this.#budgets = new ModelBudgets({ clock, log: telemetry.log });
    this.#limitStores = new LimitStores(host);
    this.#answerCaches = new AnswerCaches(host);
    this.#telemetry = telemetry;
    this.#findScorer = findScorer;
    this.#leaseScorer = leaseScorer;
    this.#loader = new ModelLoader({
      runtimes: () => this.declarations.runtimes(),
      http: lazyHttp(() => (this.#http ??= host.openHttp())),
      clock,
      random,
      newId: randomUUID,
      awsKeys: host.awsKeys,
      log: telemetry.log,
      observer: telemetry.loadObserver,
      limits: () => modelCacheLimits(settings.options, host.environment),
    });
  }

  /** What each model did so far, by name. */
  get usage(): ReadonlyMap<string, UsageCounter> {
    return this.#usage;
  }

  /**
   * The model of a call site behind the runtime; closing the predictor closes the model.
   *
   * @param journal where its answers are written; absent where nothing outlives the process.
   * @throws {MillraceError | MillraceErrors} at the call, for what is wrong with its options.
   */
  async openPredictor({ call, form, keepsRows }: PredictExec, journal?: AnswerJournal): Promise<Predictor> {
    const { model, config } = call;
    try {
      if (model.options.get('provider') === SCORE_PROVIDER) return await this.#openScore(model);
      const { init, close } = await this.#open({ chain: [model], config, journal });
      const predictor = createPredictor({ ...init, options: runtimeOf(init.options, { form, keepsRows }) });
      return closingWith(predictor, close);
    } catch (thrown) {
      throw placedAtCall(thrown, call.span);
    }
  }

  /**
   * A model for a guess of what its calls will take; `undefined` for models that nobody pays by the call. Nothing is sent.
   *
   * @throws {MillraceError | MillraceErrors} as `openPredictor`.
   */
  async openEstimate({ model, config, span }: ModelCallSite): Promise<CallEstimate | undefined> {
    try {
      if (model.options.get('provider') === SCORE_PROVIDER) return undefined;
      if ((await this.declarations.provider(model, { use: loadExtension })).defaults.batchSize > 1) return undefined;
      const { init, close } = await this.#open({ chain: [model], config, journal: undefined });
      const { tokens, operation } = init.model;
      return {
        tokens,
        hasOutput: operation !== 'embeddings',
        batchSize: init.options['batch.size'] ?? init.defaults.batchSize,
        price: init.price,
        close,
      };
    } catch (thrown) {
      throw placedAtCall(thrown, span);
    }
  }

  /** @throws {MillraceError} as `Provider.openModel`. */
  openModelFile(request: ModelFileRequest): Promise<ModelHandle> {
    return this.#loader.open(request);
  }

  /** What ml_score calls. A row without a score gets NULL, and is counted. */
  async #openScore({ name, inputs, outputs }: ModelObject): Promise<Predictor> {
    const found = await this.#findScorer(name.object);
    const { batchSize = 1, async: isAsync = false, maxRetries = 3 } = found ? found.connector.model!.settings(found.context.options) : {};
    const { clock, random, newId, warn } = this.#host;
    const model = await openScoreModel({
      name: name.object,
      type: inputs[0]!.type,
      lease: () => this.#leaseScorer(name.object),
      warn,
    });
    const options = runtimeOptions.parse({ 'on-error': 'null', 'max-retries': String(maxRetries), 'batch.fallback': 'error' });
    const predictor = createPredictor({
      model,
      name: name.object,
      outputs,
      options,
      defaults: { batchSize, batchTimeoutMs: SCORE_WAIT_MS, maxConcurrentRequests: isAsync ? ASYNC_SCORES : 1 },
      clock,
      random,
      ids: newId,
      usage: this.#counter(name.object),
      limiters: this.#limiters,
      log: this.#telemetry.log,
      observer: this.#telemetry.modelOpened(
        { name: name.object, provider: SCORE_PROVIDER, operation: undefined, version: model.version },
        settingsOf(options),
      ),
    });
    return closingWith(predictor, async () => model.close?.());
  }

  /** Opens the last model of the chain, and those that it falls back to. */
  async #open({ chain, config, journal }: Opening): Promise<{ readonly init: PredictorInit; readonly close: () => Promise<void> }> {
    const model = chain.at(-1)!;
    const provider = await this.declarations.provider(model, { use: loadExtension });
    const values = await this.declarations.values(model, config, provider);
    const groups = await this.declarations.groups(provider);
    const [own, options, ofProvider, absent, , ofRuntimes = {}] = readOptions(
      givenOf(model, values),
      groups,
      this.#settings.secrets,
    ) as readonly [
      z.output<typeof modelOptions>,
      RuntimeOptions,
      never,
      Readonly<Record<string, unknown>>,
      unknown,
      Readonly<Record<string, unknown>>?,
    ];
    refuseAbsent(model, absent);
    this.#settings.mask.learn(ofProvider);
    const openModelFile: OpenModelFile = request => this.#loader.open(request, { values: ofRuntimes, written: new Set(values.keys()) });
    const opened = await this.#openModel(provider, model, { options: ofProvider, openModelFile });
    const { clock, random, newId } = this.#host;
    const { version, operation } = opened;
    const measured = { name: model.name.object, provider: provider.name, operation, version };
    const name = own['fallback.model'];
    const price = priceOf(version, await loadPrices(this.#settings.options['prices.path']));
    const budget = this.#budgets.of(model, { options, hasFallback: name !== undefined, price });
    const init: PredictorInit = {
      model: opened,
      name: model.name.object,
      outputs: model.outputs,
      options,
      defaults: provider.defaults,
      clock,
      random,
      ids: newId,
      usage: this.#counter(model.name.object),
      identity: answerIdentity(model, values),
      limiters: this.#limiters,
      ...(await this.#stores(opened, options)),
      journal,
      price,
      budget,
      log: this.#telemetry.log,
      observer: this.#telemetry.modelOpened(measured, settingsOf(options, ofProvider)),
    };
    if (name === undefined) return { init, close: async () => opened.close?.() };
    const next = [...chain, findFallback(name, chain, this.#catalog)];
    const second = await this.#open({ chain: next, config: new Map(), journal });
    return {
      init: { ...init, fallback: createFallback(second.init) },
      close: async () => {
        await opened.close?.();
        await second.close();
      },
    };
  }

  async close(): Promise<void> {
    await this.#loader.close();
    await (await this.#http)?.close();
    await this.#limitStores.close();
    await this.#answerCaches.close();
  }

  /** What the model shares with other processes: the limits of its service, and its answers where they are cached. */
  async #stores(model: Model, options: RuntimeOptions): Promise<SharedStores> {
    try {
      return {
        limitStore: model.quota === undefined ? undefined : await this.#limitStores.of(this.#settings.limits),
        cache: isCached(options, model.isRepeatable) ? await this.#answerCaches.of(this.#settings.answerStore) : undefined,
      };
    } catch (thrown) {
      await model.close?.();
      throw thrown;
    }
  }

  #httpOf(model: ModelObject): HttpTransport {
    const http = lazyHttp(() => (this.#http ??= this.#host.openHttp()));
    if (!this.#settings.options['log.prompts']) return http;
    const { mask } = this.#settings;
    return loggedHttp(http, { log: this.#telemetry.log, model: model.name.object, mask: text => mask.mask(text) });
  }

  #counter(name: string): UsageCounter {
    const found = this.#usage.get(name) ?? new UsageCounter();
    this.#usage.set(name, found);
    return found;
  }

  async #openModel(
    provider: Provider,
    model: ModelObject,
    { options, openModelFile }: { readonly options: never; readonly openModelFile: OpenModelFile },
  ): Promise<Model> {
    try {
      return await provider.openModel({
        name: model.name.object,
        options,
        inputs: model.inputs,
        outputs: answerColumns(model.outputs),
        http: this.#httpOf(model),
        clock: this.#host.clock,
        random: this.#host.random,
        awsKeys: this.#host.awsKeys,
        openModelFile,
      });
    } catch (thrown) {
      throw toMillraceError(thrown).within({ model: model.name.object, provider: provider.name });
    }
  }
}

/** What is known of the calls of a model before any is made. */
export interface CallEstimate {
  readonly tokens: TokenEstimate | undefined;
  /** Whether it gives tokens back that are paid for. */
  readonly hasOutput: boolean;
  /** Rows of a full call. */
  readonly batchSize: number;
  readonly price: ModelPrice | undefined;
  close(): Promise<void>;
}

interface SharedStores {
  readonly limitStore: LimitStore | undefined;
  readonly cache: AnswerCache | undefined;
}

interface Opening {
  /** The models that have fallen back so far; the one to open is the last. */
  readonly chain: readonly ModelObject[];
  /** Options of the call that go over those of the model. */
  readonly config: Options;
  readonly journal: AnswerJournal | undefined;
}

/** The options that are numbers or say yes or no: texts may be prompts, addresses and credentials. */
function settingsOf(...groups: readonly Readonly<Record<string, unknown>>[]): LogFields {
  const settings: Record<string, number | boolean> = {};
  for (const [key, value] of groups.flatMap(group => Object.entries(group)))
    if (typeof value === 'number' || typeof value === 'boolean') settings[key] = value;
  return settings;
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
    pins: () => predictor.pins?.(),
    restore: pins => predictor.restore?.(pins),
    restored: () => predictor.restored?.(),
    flush: () => predictor.flush(),
    pause: () => predictor.pause(),
    async close() {
      await predictor.close();
      await closeModel();
    },
  };
}
