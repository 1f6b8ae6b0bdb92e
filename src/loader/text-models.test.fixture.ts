import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { z } from 'zod';
import { systemClock } from '../common/clock.js';
import { MillraceError } from '../common/error.js';
import { createHttpTransport } from '../kit/http-transport.js';
import { DEFAULT_MODEL_FILE_ACCESS } from '../kit/model-file/model-file-options.js';
import type { ModelFileAccess } from '../spec/model-file-access.js';
import { defineRuntime, type LoadedModel, type ModelFileRequest, type ModelHandle } from '../spec/model-runtime.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import type { LoadObserver } from '../common/load-observer.js';
import { ModelLoader, type ModelCacheLimits } from './model-loader.js';

/** A loader whose runtime takes every file for a model, whose version is the text in it. */
export interface TextModels {
  readonly loader: ModelLoader;
  readonly folder: string;
  /** What was logged. */
  readonly lines: string[];
  /** Versions, as they were opened and closed. */
  readonly events: string[];
  /** Versions that are open. */
  readonly open: string[];
  /** Counts of what the observer was told. */
  readonly counts: Record<string, number>;
  /** Set to make the next open fail. */
  failure: MillraceError | undefined;
  get(address: string, access?: Partial<ModelFileAccess>, signal?: AbortSignal): Promise<ModelHandle>;
}

export async function textModels(test: TestContext, limits: Partial<ModelCacheLimits> = {}): Promise<TextModels> {
  const { path, remove } = await temporaryFolder();
  const http = createHttpTransport({ connections: 8 });
  let ids = 0;
  const log = (_level: string) => (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const lines: string[] = [];
  const counts: Record<string, number> = {};
  const count = (name: string) => () => void (counts[name] = (counts[name] ?? 0) + 1);
  const observer: LoadObserver = {
    loaded: count('loaded'),
    loadFailed: count('failed'),
    hit: count('hit'),
    missed: count('missed'),
    evicted: count('evicted'),
    swapped: count('swapped'),
    watch: () => () => {},
  };
  const runtime = defineRuntime({
    name: 'text',
    formats: [],
    options: z.object({}),
    recognizes: () => true,
    async open({ file }) {
      if (made.failure) {
        const { failure } = made;
        made.failure = undefined;
        throw failure;
      }
      return textModel(await readFile(file.entries ? join(file.path, 'model') : file.path, 'utf8'), made);
    },
  });
  const loader = new ModelLoader({
    runtimes: async () => [runtime],
    http,
    clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 20), signal) },
    random: () => 0,
    newId: () => `${process.pid}-${ids++}`,
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    observer,
    limits: () => ({ folder: join(path, 'cache'), diskBytes: 1e9, memoryBytes: 1e9, models: 100, idleMs: 60_000, ...limits }),
  });
  const made: TextModels = {
    loader,
    folder: path,
    lines,
    events: [],
    open: [],
    counts,
    failure: undefined,
    get: (address, access = {}, signal) =>
      loader.open({ ...REQUEST, address, access: { ...DEFAULT_MODEL_FILE_ACCESS, ...access } }, undefined, signal),
  };
  test.after(async () => {
    await loader.close();
    await http.close();
    await remove();
  });
  return made;
}

const REQUEST: ModelFileRequest = {
  name: 'm',
  address: '',
  format: undefined,
  mode: 'native',
  threads: 1,
  device: 'cpu',
  declaredInputs: undefined,
};

/** `bad…` takes another input. */
function textModel(version: string, { events, open }: TextModels): LoadedModel {
  open.push(version);
  events.push(`open ${version}`);
  return {
    version,
    memoryBytes: 1_000,
    inputs: [{ name: version.startsWith('bad') ? 'other' : 'x', element: 'float64', shape: [undefined, 1] }],
    prepare: () => assert.fail('nobody binds it'),
    async close() {
      open.splice(open.indexOf(version), 1);
      events.push(`close ${version}`);
    },
  };
}

/** Waits until a condition holds, at most 5 s. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 500; waited++) {
    if (await condition()) return;
    await systemClock.sleep(10);
  }
  assert.fail(`${what} did not come`);
}
