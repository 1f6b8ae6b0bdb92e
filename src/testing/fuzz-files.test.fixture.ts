import assert from 'node:assert/strict';
import { MillraceError } from '../common/error.js';
import { seededRandom } from '../kit/seeded-random.js';
import { mutateBytes } from './mutate-bytes.test.fixture.js';

const MUTATIONS = 1_000;

/** Opens 1,000 damaged files: each works, or is refused with `MODEL_LOAD`, and some of both. */
export function fuzzFiles(seed: string, files: readonly Uint8Array[], open: (file: Uint8Array) => void): void {
  const random = seededRandom(seed);
  let refused = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    const file = mutateBytes(files[i % files.length]!, random);
    try {
      open(file);
    } catch (error) {
      assert.ok(MillraceError.is(error), `mutation ${i}: ${error instanceof Error ? error.stack : String(error)}`);
      assert.equal(error.code, 'MODEL_LOAD', `mutation ${i}: ${error.message}`);
      refused++;
    }
  }
  assert.ok(refused > MUTATIONS / 10 && refused < MUTATIONS, `${refused} of ${MUTATIONS} were refused`);
}
