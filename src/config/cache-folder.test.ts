import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cacheFolder } from './cache-folder.js';

test('each system has its own folder for what can be fetched again', () => {
  assert.equal(cacheFolder({ HOME: '/home/a', XDG_CACHE_HOME: '/x' }, 'linux'), '/x/millrace');
  assert.equal(cacheFolder({ HOME: '/home/a', XDG_CACHE_HOME: '' }, 'linux'), '/home/a/.cache/millrace');
  assert.equal(cacheFolder({ HOME: '/Users/a' }, 'darwin'), '/Users/a/Library/Caches/millrace');
  assert.equal(cacheFolder({ LOCALAPPDATA: '/local' }, 'win32'), '/local/millrace/cache');
  assert.equal(cacheFolder({}, 'linux'), join(tmpdir(), 'millrace-cache'));
});
