import type { Clock } from '../common/clock.js';
import { MillraceError } from '../common/error.js';
import type { Logger } from '../common/logger.js';
import type { Lookup } from '../kit/private-address.js';
import type { ModelFileAccess } from '../spec/model-file-access.js';
import type { AwsKeySource, HttpTransport } from '../spec/provider.js';
import { hashModel } from './disk-cache/hash-model.js';
import type { CachedModel, DiskCache } from './disk-cache/disk-cache.js';
import { changedWhileRead, isChangedWhileRead } from './locations/location-error.js';
import type { ModelLocation, Observation } from './locations/location.js';
import { openLocation } from './locations/open-location.js';
import { readChecksum } from './read-checksum.js';
import { retrying } from './retrying.js';

export interface ModelFetcherInit {
  readonly http: HttpTransport;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly awsKeys?: AwsKeySource | undefined;
  /** The operating system's when absent. */
  readonly lookup?: Lookup | undefined;
  /** Opened when the first model has to be kept. */
  readonly cache: () => DiskCache;
  readonly log: Logger;
}

/** A model on this machine. */
export interface ModelFiles {
  /** Absolute path of the file or folder. */
  readonly path: string;
  /** SHA-256 of the content, by which it can be found again; absent for files that are read where they are. */
  readonly content: string | undefined;
  readonly bytes: number;
  release(): Promise<void>;
}

export interface FetchedModel {
  readonly observation: Observation;
  readonly files: ModelFiles;
}

/** A model that changes faster than it can be fetched is told so. */
const MAX_LOOKS = 4;

/** What is told of a fetch while it goes on. */
export interface FetchProgress {
  onPhase(phase: 'downloading' | 'verifying'): void;
  onBytes(count: number): void;
}

/** Brings models to this machine: looks, fetches, verifies, tries again. */
export class ModelFetcher {
  readonly #init: ModelFetcherInit;

  constructor(init: ModelFetcherInit) {
    this.#init = init;
  }

  /** @throws {MillraceError} `INVALID_OPTION` */
  locate(address: string, access: ModelFileAccess): ModelLocation {
    return openLocation(address, access, this.#init);
  }

  /**
   * Looks and fetches, and looks again where the model is replaced meanwhile.
   *
   * @throws {MillraceError} as `observe` and `fetch`.
   */
  async load(
    location: ModelLocation,
    access: ModelFileAccess,
    progress: FetchProgress & { readonly signal: AbortSignal },
  ): Promise<FetchedModel> {
    for (let count = 1; ; count++) {
      const observation = await this.observe(location, progress);
      try {
        return { observation, files: await this.fetch({ location, observation, access }, progress) };
      } catch (thrown) {
        if (!isChangedWhileRead(thrown) || count === MAX_LOOKS) throw thrown;
      }
    }
  }

  /** Looks at the place, again after failures that pass. @throws {MillraceError} as `ModelLocation.observe`. */
  async observe(
    location: ModelLocation,
    { signal, last }: { readonly signal: AbortSignal; readonly last?: Observation | undefined },
  ): Promise<Observation> {
    return await retrying(() => location.observe(signal, last), this.#retry(location, signal));
  }

  /**
   * The files of what was observed: those of this machine where they are, unless the model may be replaced while it runs; all
   * others in the cache.
   *
   * @throws {MillraceError} as `DiskCache.fetch`.
   */
  async fetch(
    {
      location,
      observation,
      access,
    }: { readonly location: ModelLocation; readonly observation: Observation; readonly access: ModelFileAccess },
    { signal, onPhase, onBytes }: FetchProgress & { readonly signal: AbortSignal },
  ): Promise<ModelFiles> {
    const bytes = observation.files.reduce((sum, { size = 0 }) => sum + size, 0);
    if (bytes > access.maxBytes) throw tooLarge(location.address, access.maxBytes);
    if (location.localPath !== undefined && access.refreshIntervalMs === undefined) {
      if (access.sha256 !== undefined) {
        onPhase('verifying');
        await checkInPlace(location, observation, access.sha256);
      }
      return { path: location.localPath, content: undefined, bytes, release: async () => {} };
    }
    onPhase('downloading');
    return await retrying(
      async () => {
        const expected = access.sha256 ?? (await readChecksum(location, observation, signal));
        const found = await this.#init.cache().fetch({ location, observation, maxBytes: access.maxBytes, expected, signal, onBytes });
        onPhase('verifying');
        try {
          await this.#checkUnchanged(location, observation, signal);
          return found;
        } catch (thrown) {
          await found.release();
          throw thrown;
        }
      },
      this.#retry(location, signal),
    );
  }

  /** A model of this content that was fetched before, without asking anybody. */
  async find(content: string): Promise<ModelFiles | undefined> {
    return await this.#init.cache().find(content);
  }

  /** What the address had when somebody looked last, for when nobody answers. */
  async lastSeen(location: ModelLocation): Promise<CachedModel | undefined> {
    return location.localPath === undefined ? await this.#init.cache().lookUp(location.identity, '') : undefined;
  }

  /** A folder or a file of this machine may be written while it is read, and be of two versions then. */
  async #checkUnchanged(location: ModelLocation, observation: Observation, signal: AbortSignal): Promise<void> {
    if (location.localPath === undefined && observation.kind === 'file') return;
    const now = await location.observe(signal, observation);
    if (now.version !== observation.version) throw changedWhileRead(location.address);
  }

  #retry({ address }: ModelLocation, signal: AbortSignal) {
    const { clock, random, log } = this.#init;
    return {
      clock,
      random,
      signal,
      mayRepeat: (failure: MillraceError) => !isChangedWhileRead(failure),
      onFailure: ({ message, code }: MillraceError, waitMs: number) =>
        log.warn('reading a model failed and will be tried again', { address, code, reason: message, waitMs: Math.round(waitMs) }),
    };
  }
}

async function checkInPlace(location: ModelLocation, observation: Observation, expected: string): Promise<void> {
  const found = await hashModel(location.localPath!, observation);
  if (found === expected) return;
  throw new MillraceError({
    code: 'MODEL_LOAD',
    message: `the model at "${location.address}" has the SHA-256 ${found}, and 'model.sha256' is ${expected}`,
    notes: [{ message: "correct 'model.sha256' if it is the right model" }],
  });
}

function tooLarge(address: string, maxBytes: number): MillraceError {
  return new MillraceError({
    code: 'MODEL_LOAD',
    message: `the model at "${address}" is larger than ${maxBytes} bytes`,
    notes: [{ message: "'model.max-bytes' raises the limit" }],
  });
}
