import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { awsKeySource, type AwsKeySourceInit } from './aws-keys.js';

type Library = Awaited<ReturnType<NonNullable<AwsKeySourceInit['load']>>>;
type ChainInit = NonNullable<Parameters<Library['defaultProvider']>[0]>;
type Keys = Awaited<ReturnType<ReturnType<Library['defaultProvider']>>>;

/** The chain's library, with chains that give what `answer` gives. */
function library(answer: () => Promise<Keys>) {
  const opened: ChainInit[] = [];
  const load = (): Promise<Library> =>
    Promise.resolve({
      defaultProvider: (init = {}) => {
        opened.push(init);
        return answer;
      },
    });
  return { opened, load };
}

/** An error as the chain throws them. */
function chainError(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

const QUERY = { region: 'us-east-1' };

test('one chain for each profile and region, asked every time', async () => {
  let asked = 0;
  const { opened, load } = library(() =>
    Promise.resolve({ accessKeyId: `AKIA${++asked}`, secretAccessKey: 's3cret', sessionToken: 't0ken' }),
  );
  const keys = awsKeySource({ warn: assert.fail, load });
  const [first, second] = [await keys(QUERY), await keys(QUERY)];
  assert.deepEqual([first.accessKeyId, second.accessKeyId], ['AKIA1', 'AKIA2']);
  assert.deepEqual([first.secretAccessKey.reveal(), first.sessionToken?.reveal()], ['s3cret', 't0ken']);
  assert.ok(!inspect(first, { depth: 5 }).includes('s3cret'));
  await keys({ ...QUERY, profile: 'work' });
  await keys({ region: 'eu-west-1', profile: 'work' });
  await keys({ region: 'eu-west-1', profile: 'work' });
  assert.deepEqual(
    opened.map(({ profile }) => profile),
    [undefined, 'work', 'work'],
  );
  const { region } = opened[2]!.parentClientConfig as { region: () => Promise<string> };
  assert.equal(await region(), 'eu-west-1');
});

test('the library is loaded when keys are asked for', async () => {
  let loads = 0;
  const { load } = library(() => Promise.resolve({ accessKeyId: 'a', secretAccessKey: 's' }));
  const keys = awsKeySource({ warn: assert.fail, load: () => (loads++, load()) });
  assert.equal(loads, 0);
  assert.deepEqual(Object.keys(await keys(QUERY)), ['accessKeyId', 'secretAccessKey']);
  assert.equal(loads, 1);
});

test('what the chain throws says whose turn it is', async () => {
  const cases: readonly (readonly [Error, string, string, RegExp])[] = [
    [
      chainError('CredentialsProviderError', 'Could not load credentials\nfrom any providers'),
      'MISSING_OPTION',
      'never',
      /^no AWS keys of the profile "work": Could not load credentials from any providers$/,
    ],
    [chainError('TokenProviderError', 'Token is expired'), 'MISSING_OPTION', 'never', /Token is expired/],
    [chainError('AccessDenied', 'not authorized to assume the role', { $fault: 'client' }), 'UNAUTHORIZED', 'never', /assume the role/],
    [chainError('InternalFailure', 'try later', { $fault: 'server' }), 'UNREACHABLE', 'backoff', /try later/],
    [chainError('TimeoutError', 'connect timed out'), 'UNREACHABLE', 'backoff', /timed out/],
  ];
  for (const [error, code, retry, message] of cases) {
    const { load } = library(() => Promise.reject(error));
    await assert.rejects(awsKeySource({ warn: assert.fail, load })({ ...QUERY, profile: 'work' }), { code, retry, message });
  }
});

test("the library's warnings are lines for people", async () => {
  const warnings: string[] = [];
  const { opened, load } = library(() => Promise.resolve({ accessKeyId: 'a', secretAccessKey: 's' }));
  await awsKeySource({ warn: text => warnings.push(text), load })(QUERY);
  opened[0]!.logger!.warn('Multiple sources\n    detected');
  assert.deepEqual(warnings, ['Multiple sources detected']);
});
