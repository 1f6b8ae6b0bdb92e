import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extensions } from '../extensions.js';
import { ABSENT_NAMES } from '../session/absent-extensions.js';

for (const kind of ['connectors', 'formats', 'providers'] as const) {
  test(`no ${kind.slice(0, -1)} is both there and absent`, () => {
    assert.deepEqual(
      ABSENT_NAMES[kind].filter(name => Object.hasOwn(extensions[kind], name)),
      [],
    );
  });
}
