import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { MillraceError } from '../../common/error.js';
import { Secret } from '../../spec/option.js';
import { parseRedisAddress } from './redis-address.js';

const parse = (url: string) => parseRedisAddress(new Secret(url));

test('an address has defaults for all but the host', () => {
  const { shown, ...parts } = parse('redis://limits.example');
  assert.deepEqual(parts, { host: 'limits.example', port: 6_379, tls: false, database: 0, username: undefined, password: undefined });
  assert.equal(shown, 'redis://limits.example:6379/0');
});

test('user, password, port, database and TLS are read, and the credentials not shown', () => {
  const address = parse('rediss://mill:p%40ss%2Fword@limits.example:7000/12');
  assert.deepEqual(
    [address.host, address.port, address.tls, address.database, address.username, address.password?.reveal()],
    ['limits.example', 7_000, true, 12, 'mill', 'p@ss/word'],
  );
  assert.equal(address.shown, 'rediss://limits.example:7000/12');
  assert.doesNotMatch(inspect(address), /p@ss|p%40ss/);
});

test('an IPv6 address and a password without a user', () => {
  const { host, port, username, password } = parse('redis://:secret@[::1]:6380');
  assert.deepEqual([host, port, username, password?.reveal()], ['::1', 6_380, undefined, 'secret']);
});

test('what is no address is refused without showing it', () => {
  for (const [url, why] of [
    ['redis://:hunter2@', /is not an address|names no host/],
    ['redis:///0', /names no host/],
    ['redis://:hunter2@host/zero', /has "\/zero" where the number of a database may be/],
    ['redis://:hunter2@host/0?cluster=true', /has something behind/],
    ['redis://:hunter2%@host/0', /has a "%" in its user or password/],
    ['redis://:hunter2@host:port/0', /is not an address/],
  ] as const) {
    assert.throws(
      () => parse(url),
      (error: unknown) => {
        assert.ok(MillraceError.is(error));
        assert.equal(error.code, 'INVALID_OPTION');
        assert.match(error.message, why);
        assert.doesNotMatch(inspect(error), /hunter2/);
        return true;
      },
      url,
    );
  }
});
