import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { systemClock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import { createHttpTransport } from '../../kit/http-transport.js';
import { DEFAULT_MODEL_FILE_ACCESS } from '../../kit/model-file/model-file-options.js';
import type { ModelFileAccess } from '../../spec/model-file-access.js';
import type { HttpTransport } from '../../spec/provider.js';
import type { LocatedFile, ModelLocation } from './location.js';
import { openLocation, type LocationContext } from './open-location.js';

export function freshSignal(): AbortSignal {
  return new AbortController().signal;
}

/** A transport that is closed with the test. */
export function transport(test: TestContext): HttpTransport {
  const http = createHttpTransport({ connections: 4 });
  test.after(() => http.close());
  return http;
}

/** A location over real HTTP. */
export function locate(
  test: TestContext,
  address: string,
  access: Partial<ModelFileAccess> = {},
  context: Partial<LocationContext> = {},
): ModelLocation {
  return openLocation(address, { ...DEFAULT_MODEL_FILE_ACCESS, ...access }, { http: transport(test), clock: systemClock, ...context });
}

export async function readAll(location: ModelLocation, file: LocatedFile, from = 0): Promise<string> {
  const body = await location.read(file, { from, signal: freshSignal() });
  const pieces: Uint8Array[] = [];
  for await (const piece of body.pieces) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

export async function refusal(promise: Promise<unknown>): Promise<MillraceError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(MillraceError.is(error), error instanceof Error ? error.stack : String(error));
    return error;
  }
  assert.fail('it was not refused');
}
