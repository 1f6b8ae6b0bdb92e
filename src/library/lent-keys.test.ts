import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../spec/option.js';
import type { AwsKeyQuery, AwsKeys } from '../spec/provider.js';
import { startBedrockSimulator } from '../testing/bedrock-simulator/bedrock-simulator.js';
import { createSession } from './create-session.js';
import type { Session } from './library-session.js';

async function ask(session: Session): Promise<readonly unknown[]> {
  const greetings: unknown[] = [];
  for await (const { greeting } of session.query("SELECT ML_PREDICT('greeter', 'Ada') AS greeting")) greetings.push(greeting);
  return greetings;
}

function createModel(endpoint: string): string {
  return `CREATE MODEL greeter WITH ('provider' = 'bedrock', 'model' = 'amazon.nova-lite-v1:0', 'region' = 'us-east-1', 'profile' = 'work', 'endpoint' = '${endpoint}')`;
}

test('a program gives the keys of models that have none of their own', async () => {
  const simulator = await startBedrockSimulator();
  const asked: AwsKeyQuery[] = [];
  const awsKeys = (query: AwsKeyQuery): Promise<AwsKeys> => {
    asked.push(query);
    return Promise.resolve({ accessKeyId: 'AKIASIMULATED', secretAccessKey: new Secret('simulated-secret') });
  };
  const session = createSession({ awsKeys });
  try {
    await session.execute(createModel(simulator.url));
    assert.match(String((await ask(session))[0]), /to: Ada$/);
    assert.deepEqual(asked[0], { profile: 'work', region: 'us-east-1' });
  } finally {
    await session.close();
    await simulator.close();
  }
});

test('a program that lends scripts no keys', async () => {
  const session = createSession({ awsKeys: undefined });
  try {
    await session.execute(createModel('http://127.0.0.1:9'));
    await assert.rejects(ask(session), { code: 'MISSING_OPTION', message: /this process lends its models no AWS keys/ });
  } finally {
    await session.close();
  }
});
