import type { Clock } from '../common/clock.js';
import { MillraceError, toMillraceError } from '../common/error.js';
import type { Logger } from '../common/logger.js';
import { DEFAULT_MODEL_FILE_ACCESS } from '../kit/model-file/model-file-options.js';
import type { Lookup } from '../kit/private-address.js';
import { viewModelFile } from '../kit/view-model-file.js';
import type { ModelFileAccess } from '../spec/model-file-access.js';
import type { LoadedModel, ModelFileRequest, ModelHandle, ModelRuntime } from '../spec/model-runtime.js';
import type { AwsKeySource, HttpTransport } from '../spec/provider.js';
import { DiskCache } from './disk-cache/disk-cache.js';
import { findRuntime } from './find-runtime.js';
import { LoadClock } from './load-clock.js';
import { NO_LOAD_OBSERVER, type LoadObserver, type LoadPhase } from '../common/load-observer.js';
import type { ModelLocation, Observation } from './locations/location.js';
import { ModelCache, type FoundVersion } from './model-cache.js';
import { ModelFetcher, type ModelFiles } from './model-fetcher.js';
import { optionsOf, type GivenRuntimeOptions } from './runtime-options.js';
import { checkSameInputs } from './schema-guard.js';
import { watchVersions } from './watched-versions.js';

export interface ModelLoaderInit {
  /** All there are; called when the first model is opened. */
  readonly runtimes: () => Promise<readonly ModelRuntime[]>;
  readonly http: HttpTransport;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Unique each time, in all processes. */
  readonly newId: () => string;
  readonly awsKeys?: AwsKeySource | undefined;
  /** Addresses of host names; the operating system's when absent. */
  readonly lookup?: Lookup | undefined;
  readonly log: Logger;
  readonly observer?: LoadObserver | undefined;
  /** Read when the first model needs them. */
  readonly limits: () => ModelCacheLimits;
}

/** Bounds of what is kept, on the disk and in memory. */
export interface ModelCacheLimits {
  /** Absolute path of the folder that models are fetched into. */
  readonly folder: string;
  /** Most bytes in that folder. */
  readonly diskBytes: number;
  /** Most bytes of opened models. */
  readonly memoryBytes: number;
  /** Most opened models. */
  readonly models: number;
  /** How long a model stays open that nobody uses, in milliseconds. */
  readonly idleMs: number;
}

const NO_OPTIONS: GivenRuntimeOptions = { values: {}, written: new Set() };

/** Name of the runtime that runs a file by Python in a process of its own. */
const SIDECAR = 'sidecar';

/** What one request asks for, with all that it takes to find it. */
interface Loading {
  readonly request: ModelFileRequest;
  readonly access: ModelFileAccess;
  readonly options: GivenRuntimeOptions;
  readonly location: ModelLocation;
  /** Whether the version that was fetched last will do where nobody answers; not for who looks for a new one. */
  readonly mayUseLast: boolean;
  /** All that tells the opened model from others. */
  readonly key: string;
}

/** Finds, fetches, reads and opens models, and keeps them open for those who ask for the same. */
export class ModelLoader {
  readonly #init: ModelLoaderInit;
  readonly #fetcher: ModelFetcher;
  readonly #observer: LoadObserver;
  readonly #watches = new Set<() => void>();
  #disk: DiskCache | undefined;
  #opened: ModelCache | undefined;

  constructor(init: ModelLoaderInit) {
    this.#init = init;
    this.#observer = init.observer ?? NO_LOAD_OBSERVER;
    this.#fetcher = new ModelFetcher({ ...init, cache: () => this.#diskCache() });
  }

  /**
   * Opens a model, or lends one that is open. Several who ask for the same at the same time get the same.
   *
   * @param signal ends the wait of this caller; the load goes on for others.
   * @throws {MillraceError} as `OpenModelFile`.
   */
  async open(request: ModelFileRequest, options: GivenRuntimeOptions = NO_OPTIONS, signal?: AbortSignal): Promise<ModelHandle> {
    return await this.#open(request, { options, signal, mayUseLast: true });
  }

  async #open(
    request: ModelFileRequest,
    { options, signal, mayUseLast }: Pick<Loading, 'options' | 'mayUseLast'> & { readonly signal: AbortSignal | undefined },
  ): Promise<ModelHandle> {
    const access = request.access ?? DEFAULT_MODEL_FILE_ACCESS;
    const location = this.#fetcher.locate(request.address, access);
    const loading: Loading = { request, access, options, location, mayUseLast, key: keyOf(request, { access, options, location }) };
    let observation: Observation | undefined;
    const lent = await this.#cache().open(
      loading.key,
      async ending => {
        const found = await this.#find(loading, ending);
        observation = found.observation;
        return found;
      },
      signal,
    );
    return this.#handle(loading, lent, observation);
  }

  /** Opens exactly this content, if it was kept. */
  async #openContent(loading: Loading, content: string): Promise<ModelHandle | undefined> {
    const files = await this.#fetcher.find(content);
    if (files === undefined) return undefined;
    // Apart from the versions of the address, of which the newest one replaces the others.
    const lent = await this.#cache().open(`${loading.key} ${content}`, async () => this.#kept(loading, files, content));
    return this.#handle(loading, lent, undefined);
  }

  /** Closes what nobody uses; what is in use is closed when it is given back. Models that are asked for later are read anew. */
  async invalidateAll(): Promise<void> {
    await this.#opened?.drain();
  }

  /** Called once, when all models have been given back. */
  async close(): Promise<void> {
    for (const end of this.#watches) end();
    await this.#opened?.close();
    await this.#disk?.close();
  }

  #handle(
    loading: Loading,
    { opened, release }: Awaited<ReturnType<ModelCache['open']>>,
    observation: Observation | undefined,
  ): ModelHandle {
    const { refreshIntervalMs } = loading.access;
    const { content, model } = opened;
    const kept = content === undefined ? {} : { content, openContent: (wanted: string) => this.#openContent(loading, wanted) };
    if (refreshIntervalMs === undefined) return { model, release, ...kept };
    return { model, release, ...kept, watch: onVersion => this.#watch(loading, { model, content, observation }, onVersion) };
  }

  #watch(
    loading: Loading,
    running: { readonly model: LoadedModel; readonly content: string | undefined; readonly observation: Observation | undefined },
    onVersion: (next: ModelHandle) => Promise<void>,
  ): () => void {
    const { clock, random, log } = this.#init;
    const { location, access } = loading;
    const { content } = running;
    let model = running.model;
    let current = content;
    const end = watchVersions({
      address: location.address,
      intervalMs: access.refreshIntervalMs!,
      running: running.observation ?? UNSEEN,
      observe: (last, signal) => location.observe(signal, last),
      take: async (_, signal) => {
        const next = await this.#open(loading.request, { options: loading.options, signal, mayUseLast: false });
        // The same content under a new date, or a place without versions.
        if (next.content === current) return await next.release();
        try {
          checkSameInputs(model, next.model);
          await onVersion(next);
        } catch (thrown) {
          await next.release();
          throw thrown;
        }
        log.info('a new version of a model was loaded', { address: location.address, version: next.model.version });
        this.#observer.swapped({ model: loading.request.name, version: next.model.version });
        ({ model } = next);
        current = next.content;
      },
      clock,
      random,
      log,
    });
    this.#watches.add(end);
    return () => {
      this.#watches.delete(end);
      end();
    };
  }

  /** What is at the place now. Where nobody answers, what was there last, if it is kept. */
  async #find(loading: Loading, ending: AbortSignal): Promise<FoundVersion & { readonly observation?: Observation }> {
    const { location, access } = loading;
    const pinned = access.sha256 === undefined || location.localPath !== undefined ? undefined : await this.#fetcher.find(access.sha256);
    if (pinned) return this.#kept(loading, pinned, access.sha256!);
    const times = new LoadClock(this.#init.clock);
    times.enter('resolving');
    try {
      const observation = await this.#limited(loading, ending, signal => this.#fetcher.observe(location, { signal }));
      const load = async (): ReturnType<FoundVersion['load']> => {
        const progress = { onPhase: (phase: LoadPhase) => times.enter(phase), onBytes: (count: number) => times.addBytes(count) };
        const files = await this.#limited(loading, ending, signal =>
          this.#fetcher.fetch({ location, observation, access }, { signal, ...progress }),
        );
        return await this.#load(loading, files, times);
      };
      return { version: observation.version, observation, load };
    } catch (thrown) {
      const files = loading.mayUseLast && isPassing(thrown) ? await this.#fetcher.lastSeen(location) : undefined;
      if (files === undefined) throw thrown;
      const { message } = toMillraceError(thrown);
      this.#init.log.warn('a model cannot be looked at; the last version that was fetched is used', {
        address: location.address,
        reason: message,
      });
      return this.#kept(loading, files, `last ${files.content}`);
    }
  }

  #kept(loading: Loading, files: ModelFiles, version: string): FoundVersion {
    return {
      version,
      load: () => this.#load(loading, files, new LoadClock(this.#init.clock)),
      discard: () => files.release(),
    };
  }

  async #load(loading: Loading, files: ModelFiles, times: LoadClock): ReturnType<FoundVersion['load']> {
    try {
      times.enter('parsing');
      const model = await this.#parse(loading, files.path);
      const phases = times.end();
      this.#observer.loaded({ model: loading.request.name, version: model.version, phases, bytes: times.bytes });
      const took = Object.fromEntries([...phases].map(([phase, ms]) => [`${phase}Ms`, Math.round(ms)]));
      const { name } = loading.request;
      this.#init.log.info('model loaded', {
        model: name,
        address: loading.location.address,
        version: model.version,
        bytes: files.bytes,
        ...took,
      });
      return { model, content: files.content, releaseFiles: () => files.release() };
    } catch (thrown) {
      await files.release();
      throw thrown;
    }
  }

  async #parse({ request, options, location }: Loading, path: string): Promise<LoadedModel> {
    const { name, format, mode, threads, device, declaredInputs } = request;
    const runtimes = await this.#init.runtimes();
    try {
      const file = await viewModelFile(path);
      const native = runtimes.filter(runtime => runtime.name !== SIDECAR);
      const found = findRuntime(native, format, file);
      const runtime = mode === 'native' ? found : runtimes.find(each => each.name === SIDECAR);
      if (!runtime) throw new MillraceError({ code: 'UNKNOWN_EXTENSION', message: 'there is no runtime "sidecar"' });
      return await runtime.open({
        name,
        file,
        format: mode === 'native' ? format : found.name,
        options: optionsOf(runtime, options, runtimes),
        threads,
        device,
        declaredInputs,
      });
    } catch (thrown) {
      throw named(thrown, { path, address: location.address });
    }
  }

  async #limited<Result>(
    { access, location }: Loading,
    ending: AbortSignal,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    // What is on this machine needs no clock.
    if (location.localPath !== undefined) return await work(ending);
    const limit = new AbortController();
    const cancel = this.#init.clock.setTimer(access.loadTimeoutMs, () =>
      limit.abort(
        new MillraceError({
          code: 'TIMEOUT',
          message: `the model at "${location.address}" was not there after ${access.loadTimeoutMs} ms`,
          retry: 'backoff',
          notes: [{ message: "'model.load-timeout' gives it more time" }],
        }),
      ),
    );
    try {
      return await work(AbortSignal.any([limit.signal, ending]));
    } finally {
      cancel();
    }
  }

  #diskCache(): DiskCache {
    if (this.#disk) return this.#disk;
    const { folder, diskBytes } = this.#init.limits();
    return (this.#disk = new DiskCache({ ...this.#init, folder, maxBytes: diskBytes }));
  }

  #cache(): ModelCache {
    if (this.#opened) return this.#opened;
    const { memoryBytes, models, idleMs } = this.#init.limits();
    return (this.#opened = new ModelCache({ ...this.#init, observer: this.#observer, maxBytes: memoryBytes, maxModels: models, idleMs }));
  }
}

/** Of a model whose place was not looked at. */
const UNSEEN: Observation = { kind: 'file', files: [], version: undefined, isComplete: false };

/** Place and engine; credentials count only by what they open. */
function keyOf(request: ModelFileRequest, { access, options, location }: Pick<Loading, 'access' | 'options' | 'location'>): string {
  const { format, mode, threads, device, declaredInputs } = request;
  const written = [...options.written].filter(key => key in options.values).map(key => [key, options.values[key]]);
  const isKept = access.refreshIntervalMs !== undefined;
  return JSON.stringify([location.identity, isKept, access.sha256, format, mode, threads, device, declaredInputs, written]);
}

/** Whether a failure is one of the network or the service, and not of the model or those who ask for it. */
function isPassing(thrown: unknown): boolean {
  return MillraceError.is(thrown) && thrown.retry !== 'never';
}

/** Errors of runtimes name the file that they read; the user knows it by its address. */
function named(thrown: unknown, { path, address }: { readonly path: string; readonly address: string }): unknown {
  if (path === address || !MillraceError.is(thrown) || !thrown.message.includes(path)) return thrown;
  const { code, retry, notes, context, cause } = thrown;
  return new MillraceError({ code, message: thrown.message.replaceAll(path, address), retry, notes, context, cause });
}
