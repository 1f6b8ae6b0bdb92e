import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPrivateAddress, reachesPrivateAddress } from './private-address.js';

test('private, loopback, link-local and reserved addresses are told from public ones', () => {
  const all = {
    private: [
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.0.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '224.0.0.1',
      '255.255.255.255',
    ],
    private6: [
      '::',
      '::1',
      'fe80::1',
      'fc00::1',
      'fd12:3456::1',
      'ff02::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '::ffff:a01:203',
      '64:ff9b::10.0.0.1',
    ],
    public: ['8.8.8.8', '172.15.0.1', '172.32.0.1', '100.63.255.255', '93.184.216.34', '2606:4700::1111', '::ffff:8.8.8.8', 'no address'],
  };
  for (const address of [...all.private, ...all.private6]) assert.ok(isPrivateAddress(address), address);
  for (const address of all.public) assert.ok(!isPrivateAddress(address), address);
});

test('a name is private when one of its addresses is; one without addresses is not', async () => {
  const lookup = async (name: string): Promise<readonly string[]> => {
    if (name === 'mixed') return ['8.8.8.8', '::1'];
    if (name === 'outside') return ['8.8.8.8'];
    throw new Error('no such name');
  };
  assert.equal(await reachesPrivateAddress('mixed', lookup), true);
  assert.equal(await reachesPrivateAddress('outside', lookup), false);
  assert.equal(await reachesPrivateAddress('nowhere', lookup), false);
  assert.equal(await reachesPrivateAddress('[::1]', lookup), true);
  assert.equal(await reachesPrivateAddress('[2606:4700::1111]', lookup), false);
});
