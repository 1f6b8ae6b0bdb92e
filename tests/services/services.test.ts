import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../scripts/services.mjs', import.meta.url));
const url = process.env['MILLRACE_TEST_REDIS_URL'];
const skip = url === undefined && (process.env['MILLRACE_TEST_REDIS_URL_ABSENT'] ?? 'started without node scripts/test.mjs');

function services(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = process.cwd()) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

test('the test runner gives a Redis that answers', { skip }, async () => {
  const { hostname, port } = new URL(url!);
  const socket = connect(Number(port), hostname);
  socket.write('PING\r\nQUIT\r\n');
  assert.match(await text(socket), /PONG|NOAUTH/);
});

test('a service without a program, apt-get or network: what to do, in words', () => {
  const empty = mkdtempSync(join(tmpdir(), 'millrace-services-'));
  try {
    const { status, stderr } = services(['start', 'redis'], { PATH: empty }, empty);
    assert.equal(status, 1);
    assert.equal(
      stderr,
      'there is no redis-server (6.2 or newer) here, and no apt-get to get it with: install it (macOS: brew install redis), ' +
        'or set MILLRACE_TEST_REDIS_URL to the address of a server that tests may write to\n',
    );
    // An apt-get that reaches nothing.
    for (const [name, script] of [
      [
        'apt-get',
        'case "$1" in --version) ;; *) echo "Err:1 http://deb.debian.org/debian bookworm InRelease"; echo "E: Unable to locate package redis-server"; exit 100;; esac',
      ],
      ['dpkg', ':'],
    ] as const)
      writeFileSync(join(empty, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const offline = services(['start', 'redis'], { PATH: empty }, empty);
    assert.equal(offline.status, 1);
    assert.match(
      offline.stderr,
      /redis-server could not be downloaded; is the network there\?\n.*Err:1 http:\/\/deb.*\n.*Unable to locate/,
    );
    assert.match(offline.stderr, /or set MILLRACE_TEST_REDIS_URL to the address/);
  } finally {
    rmSync(empty, { recursive: true, force: true });
  }
});

test('a command or service that does not exist is a usage error', () => {
  assert.deepEqual([services(['begin']).status, services(['start', 'mysql']).status], [2, 2]);
  assert.match(services(['start', 'mysql']).stderr, /there is no service "mysql"\nusage: /);
});
