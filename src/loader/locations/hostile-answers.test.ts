import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import { DEFAULT_MODEL_FILE_ACCESS } from '../../kit/model-file/model-file-options.js';
import { seededRandom } from '../../kit/seeded-random.js';
import type { HttpResponse } from '../../spec/provider.js';
import { listObjects } from '../../testing/s3-simulator/list-objects.js';
import { freshSignal } from './location.test.fixture.js';
import { openLocation } from './open-location.js';

const MUTATIONS = 1_000;

const S3_LISTING = listObjects(
  new Map(['m/saved_model.pb', 'm/variables/a&b', 'm/é c'].map(key => [key, { body: new Uint8Array(3), etag: '"e"' }])),
  new URLSearchParams('prefix=m/&encoding-type=url'),
  1_000,
);
const HDFS_FOLDER = JSON.stringify({ FileStatus: { pathSuffix: '', type: 'DIRECTORY', length: 0, modificationTime: 1 } });
const HDFS_LISTING = JSON.stringify({
  FileStatuses: {
    FileStatus: ['saved_model.pb', 'a b', 'é'].map(pathSuffix => ({
      pathSuffix,
      type: 'FILE',
      length: 5,
      modificationTime: 1_700_000_000_000,
    })),
  },
});

/** Answers in turn, the last one again and again. */
interface Service {
  readonly address: string;
  readonly answers: readonly Pick<HttpResponse, 'headers' | 'body'>[];
}

const SERVICES: Readonly<Record<string, Service>> = {
  'listings of S3': { address: 's3://models/m/', answers: [{ headers: {}, body: S3_LISTING }] },
  'listings of WebHDFS': {
    address: 'webhdfs://host:9870/m',
    answers: [
      { headers: {}, body: HDFS_FOLDER },
      { headers: {}, body: HDFS_LISTING },
    ],
  },
};

for (const [name, { address, answers }] of Object.entries(SERVICES)) {
  test(`${name}: damaged answers are read or refused, and lead out of no folder`, async () => {
    const random = seededRandom(name);
    let refused = 0;
    for (let count = 0; count < MUTATIONS; count++) {
      let asked = 0;
      const http = {
        request: async (): Promise<HttpResponse> => {
          const { headers, body } = answers[Math.min(asked++, answers.length - 1)]!;
          assert.ok(asked < 2_000, 'it does not end');
          return { status: 200, headers, body: mutated(body, random) };
        },
      };
      const access = { ...DEFAULT_MODEL_FILE_ACCESS, s3: { isAnonymous: true } };
      try {
        const { files } = await openLocation(address, access, { http, clock: systemClock }).observe(freshSignal());
        for (const { path } of files)
          assert.ok(path === '' || path.split('/').every(part => part !== '' && part !== '..' && part !== '.'), path);
      } catch (error) {
        assert.ok(MillraceError.is(error) && error.code !== 'INTERNAL', error instanceof Error ? error.stack : String(error));
        refused++;
      }
    }
    assert.ok(refused > 0 && refused < MUTATIONS, `${refused} refused`);
  });
}

/** A text that is cut, or of which a piece is doubled, replaced or moved; one in eight is left as it is. */
function mutated(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const length = Math.floor(random() * 40);
  const piece = text.slice(at, at + length);
  const words = [
    '../',
    '<Key>',
    '</',
    '&lt;',
    '&#0;',
    '<![CDATA[',
    '\0',
    '1e308',
    '-1',
    '9'.repeat(30),
    '"',
    '{}',
    'SYMLINK',
    '\uD800',
    '%2e%2e%2f',
    '%',
  ];
  switch (Math.floor(random() * 8)) {
    case 0:
      return text;
    case 1:
      return text.slice(0, at);
    case 2:
      return text.slice(0, at) + piece.repeat(1 + Math.floor(random() * 50)) + text.slice(at);
    case 3:
      return text.slice(0, at) + text.slice(at + length);
    case 4: {
      const to = Math.floor(random() * text.length);
      return text.slice(0, to) + piece + text.slice(to);
    }
    default:
      return text.slice(0, at) + words[Math.floor(random() * words.length)]! + text.slice(at + Math.floor(random() * 4));
  }
}
