import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { openAiSimulatorOptions, startOpenAiSimulator } from 'millrace/testing';
import { jsonTable, workplace, type CommandOptions, type Ended, type Workplace } from './workplace.js';

const KEY = 'sk-proj-thatnobodymaysee0123456789';

/** A table, and a query over a model of `openai` in lines 3 to 5 of its script. */
function greeting(place: Workplace, options: Readonly<Record<string, string>>): void {
  const pairs = Object.entries({ provider: 'openai', model: 'gpt-4o-mini', ...options });
  place.write('people.jsonl', '{"name":"Ada"}\n{"name":"Grace"}\n');
  place.write(
    'greet.sql',
    `${jsonTable('people', 'name STRING', 'people.jsonl')}CREATE MODEL greeter INPUT (name STRING) OUTPUT (greeting STRING) WITH (${pairs.map(([key, value]) => `'${key}' = '${value}'`).join(', ')});
SELECT greeting
FROM ML_PREDICT(TABLE people, MODEL greeter, DESCRIPTOR(name));
`,
  );
}

/** How a run ended, with the parts that differ from run to run masked. */
async function run(place: Workplace, args: readonly string[], options?: CommandOptions): Promise<Ended> {
  const ended = await place.run(args, options);
  return { ...ended, stderr: place.masked(ended.stderr) };
}

async function simulator(test: TestContext, flags: Readonly<Record<string, string>>): Promise<string> {
  const service = await startOpenAiSimulator(openAiSimulatorOptions.parse(flags));
  test.after(() => service.close());
  return service.url;
}

/** An address at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const { port } = await new Promise<AddressInfo>(done => server.listen(0, '127.0.0.1', () => done(server.address() as AddressInfo)));
  await new Promise(done => server.close(done));
  return port;
}

test('a key that is not set: the variable, and how to set it', async context => {
  const place = workplace(context);
  greeting(place, { 'api-key': '${OPENAI_API_KEY}' });
  assert.deepEqual(await run(place, ['run', 'greet.sql']), {
    code: 2,
    stdout: '',
    stderr: `error[MISSING_SECRET]: environment variable "OPENAI_API_KEY" is not set
  --> greet.sql:4:6
  4 | FROM ML_PREDICT(TABLE people, MODEL greeter, DESCRIPTOR(name));
    |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ set it: export OPENAI_API_KEY=…
  at model "greeter", operator Predict (predict-2)
`,
  });
});

test('a secret that is not set: both places where it can be', async context => {
  const place = workplace(context);
  greeting(place, { 'api-key': '{{ secret.openai_key }}' });
  assert.deepEqual(await run(place, ['run', 'greet.sql']), {
    code: 2,
    stdout: '',
    stderr: `error[MISSING_SECRET]: secret "openai_key" is not set
  --> greet.sql:4:6
  4 | FROM ML_PREDICT(TABLE people, MODEL greeter, DESCRIPTOR(name));
    |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ set the environment variable MILLRACE_SECRET_OPENAI_KEY, or SET 'secrets.path' to a folder with a file "openai_key"
  at model "greeter", operator Predict (predict-2)
`,
  });
});

test('without the key, check and explain still work', async context => {
  const place = workplace(context);
  greeting(place, { 'api-key': '${OPENAI_API_KEY}' });
  assert.equal((await run(place, ['check', 'greet.sql'])).code, 0);
  assert.equal((await run(place, ['explain', 'greet.sql'])).code, 0);
});

test('a secret from the environment or a file reaches the service', async context => {
  const place = workplace(context);
  greeting(place, { 'api-key': '{{ secret.openai_key }}', endpoint: await simulator(context, { 'api-key': KEY }) });
  place.write('secrets/openai_key', `${KEY}\n`);
  const fromVariable = await run(place, ['run', '-f', 'csv', 'greet.sql'], { env: { MILLRACE_SECRET_OPENAI_KEY: KEY } });
  const fromFile = await run(place, ['run', '-f', 'csv', 'greet.sql', '--set', 'secrets.path=secrets']);
  assert.match(fromVariable.stdout, /^greeting\nanswer \w+ to: Ada\nanswer \w+ to: Grace\n$/);
  assert.deepEqual([fromVariable.code, fromFile.code], [0, 0]);
  assert.equal(fromFile.stdout, fromVariable.stdout);
});

test('an endpoint where nobody listens: model, endpoint and attempts', async context => {
  const place = workplace(context);
  greeting(place, { 'api-key': 'any', endpoint: `http://127.0.0.1:${await closedPort()}/v1`, 'retry.initial-delay': '5 ms' });
  assert.deepEqual(await run(place, ['run', 'greet.sql']), {
    code: 1,
    stdout: '',
    stderr: `error[UNREACHABLE]: no answer from "http://127.0.0.1:PORT": connect ECONNREFUSED 127.0.0.1:PORT
  = gave up after 4 attempts in N ms
  at model "greeter", operator Predict (predict-2)
  = check the endpoint and the network
  = in the statement at greet.sql:3:1
`,
  });
});

test('a key that the service refuses', async context => {
  const place = workplace(context);
  greeting(place, { 'api-key': 'sk-a-key-of-somebody-else', endpoint: await simulator(context, { 'api-key': KEY }) });
  assert.deepEqual(await run(place, ['run', 'greet.sql']), {
    code: 1,
    stdout: '',
    stderr: `error[UNAUTHORIZED]: openai answered 401: Incorrect API key provided: sk-********else. You can find your API key at https://platform.openai.com/account/api-keys.
  = check the key
  at model "greeter", operator Predict (predict-2)
  = in the statement at greet.sql:3:1
`,
  });
});

test('a model that the service does not have', async context => {
  const place = workplace(context);
  greeting(place, { 'api-key': 'any', endpoint: await simulator(context, { models: 'gpt-5,gpt-5-mini' }) });
  assert.deepEqual(await run(place, ['run', 'greet.sql']), {
    code: 1,
    stdout: '',
    stderr: `error[REFUSED]: openai answered 404: The model \`gpt-4o-mini\` does not exist or you do not have access to it.
  = correct the model options or the input, as the message says
  at model "greeter", operator Predict (predict-2)
  = in the statement at greet.sql:3:1
`,
  });
});

test('an address that is none', async context => {
  const place = workplace(context);
  greeting(place, { 'api-key': 'any', endpoint: 'api.openai.com' });
  const { code, stdout, stderr } = await run(place, ['run', 'greet.sql']);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
  assert.match(
    stderr,
    /^error\[INVALID_OPTION\]: "endpoint" is not an http or https address\n.*\n.*\n.* write a base URL such as "https:\/\/api.openai.com\/v1"\n/,
  );
});

test('the summary counts the rows that on-error let pass, and says why', async context => {
  const place = workplace(context);
  const endpoint = await simulator(context, { models: 'gpt-5' });
  greeting(place, { 'api-key': 'any', endpoint, 'on-error': 'null' });
  assert.deepEqual(await run(place, ['run', '-f', 'changelog', 'greet.sql']), {
    code: 0,
    stdout: '+I[NULL]\n+I[NULL]\n',
    stderr: `{"level":"error","time":"TIME","model":"greeter","status":404,"msg":"the service refuses every call: openai answered 404: The model \`gpt-4o-mini\` does not exist or you do not have access to it."}
2 rows in, 2 rows out in N ms (N rows/s)
model greeter: 2 rows (2 without answer), 2 calls
  2 × REFUSED: openai answered 404: The model \`gpt-4o-mini\` does not exist or you do not have access to it.
`,
  });
});

/** Command lines that show or use a model whose key is set; the text `greet.sql` comes first. */
const SHOWS: readonly { readonly name: string; readonly args: readonly string[]; readonly flags: Readonly<Record<string, string>> }[] = [
  { name: 'a run', args: ['run', 'greet.sql'], flags: {} },
  { name: 'a 401', args: ['run', 'greet.sql'], flags: { 'api-key': 'another' } },
  { name: 'a 500', args: ['run', 'greet.sql'], flags: { status: '500' } },
  { name: 'a plan', args: ['explain', 'greet.sql'], flags: {} },
  {
    name: 'SHOW CREATE and DESCRIBE',
    args: ['run', 'greet.sql', '-e', 'SHOW CREATE MODEL greeter; DESCRIBE MODEL greeter; SHOW MODELS'],
    flags: {},
  },
  {
    name: 'a query that is wrong',
    args: ['run', 'greet.sql', '-e', 'SELECT greting FROM ML_PREDICT(TABLE people, MODEL greeter, DESCRIPTOR(name))'],
    flags: {},
  },
];

for (const { name, args, flags } of SHOWS) {
  test(`${name} never shows the key`, async context => {
    const place = workplace(context);
    const endpoint = await simulator(context, flags);
    greeting(place, { 'api-key': '${OPENAI_API_KEY}', endpoint, 'retry.initial-delay': '1 ms' });
    const { stdout, stderr } = await place.run([...args, ...(args[0] === 'run' ? ['--state', 'state'] : [])], {
      env: { OPENAI_API_KEY: KEY },
    });
    assert.ok(stdout.length + stderr.length > 0);
    const kept = place
      .names('state')
      .flatMap(job => place.names(`state/${job}`).map(file => readFileSync(place.file(`state/${job}/${file}`), 'latin1')));
    for (const text of [stdout, stderr, ...kept]) assert.ok(!text.includes(KEY) && !text.includes('thatnobodymaysee'), text);
  });
}

test('a key that stands in the script is masked by SHOW CREATE', async context => {
  const place = workplace(context);
  const model = `CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', 'model' = 'x', 'api_key' = '${KEY}');`;
  const { code, stdout, stderr } = await place.run(['run', '-e', `${model} SHOW CREATE MODEL m`]);
  assert.equal(code, 0);
  assert.match(stdout, /'api_key' = '\*{6}'/);
  assert.ok(!`${stdout}${stderr}`.includes(KEY));
});

const IRIS = `${jsonTable('flowers', 'a FLOAT, b FLOAT, c FLOAT, d FLOAT', 'flowers.jsonl')}CREATE MODEL iris INPUT (a FLOAT, b FLOAT, c FLOAT, d FLOAT) OUTPUT (label BIGINT)
WITH ('provider' = 'local', 'runtime' = 'onnx', 'model-path' = 'models/iris.onnx');
SELECT label
FROM ML_PREDICT(TABLE flowers, MODEL iris, DESCRIPTOR(a, b, c, d));
`;
const PREDICT = `  --> iris.sql:5:6
  5 | FROM ML_PREDICT(TABLE flowers, MODEL iris, DESCRIPTOR(a, b, c, d));
    |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^`;
const AT_MODEL = '  at model "iris", provider "local", operator Predict (predict-2)\n';

function irisIn(place: Workplace, script = IRIS): void {
  mkdirSync(place.file('models'));
  copyFileSync('tests/fixtures/onnx/iris_lr.onnx', place.file('models/iris.onnx'));
  place.write('flowers.jsonl', '{"a":5.1,"b":3.5,"c":1.4,"d":0.2}\n{"a":6.3,"b":3.3,"c":6.0,"d":2.5}\n');
  place.write('iris.sql', script);
}

test('a local model predicts', async context => {
  const place = workplace(context);
  irisIn(place);
  const { code, stdout } = await run(place, ['run', '-f', 'changelog', 'iris.sql']);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: '+I[0]\n+I[2]\n' });
});

test('a model path where nothing is', async context => {
  const place = workplace(context);
  place.write('iris.sql', IRIS);
  assert.deepEqual(await run(place, ['run', 'iris.sql']), {
    code: 2,
    stdout: '',
    stderr: `error[FILE_NOT_FOUND]: model file "FOLDER/models/iris.onnx" does not exist
${PREDICT} correct the path; relative paths start at the working directory
${AT_MODEL}`,
  });
});

test('a model file that is cut off', async context => {
  const place = workplace(context);
  place.write('iris.sql', IRIS);
  place.write('models/iris.onnx', readFileSync('tests/fixtures/onnx/iris_lr.onnx', 'latin1').slice(0, 300));
  const { code, stdout, stderr } = await run(place, ['run', 'iris.sql']);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
  assert.match(
    stderr,
    /^error\[MODEL_LOAD\]: file "FOLDER\/models\/iris.onnx" is not an ONNX model: found \d+ bytes that are no complete protobuf message\n/,
  );
  assert.ok(stderr.endsWith(`${PREDICT} check that the file is a complete model of the named runtime\n${AT_MODEL}`), stderr);
});

test('fewer INPUT columns than the model has features', async context => {
  const place = workplace(context);
  irisIn(place, IRIS.replace('c FLOAT, d FLOAT) OUTPUT', 'c FLOAT) OUTPUT').replace('(a, b, c, d)', '(a, b, c)   '));
  assert.deepEqual(await run(place, ['run', 'iris.sql']), {
    code: 2,
    stdout: '',
    stderr: `error[MODEL_SCHEMA]: INPUT declares 3 columns, but the model takes 4 features a row
${PREDICT.replace('(a, b, c, d)', '(a, b, c)   ')} the model takes "x" float32 [N, 4]
${AT_MODEL}  = the columns of INPUT are its features, in declared order
  = declare for example INPUT (f1 FLOAT, f2 FLOAT, f3 FLOAT, f4 FLOAT)
`,
  });
});

test('an OUTPUT column of another type than the model gives', async context => {
  const place = workplace(context);
  irisIn(place, IRIS.replace('OUTPUT (label BIGINT)', 'OUTPUT (label DOUBLE)'));
  assert.deepEqual(await run(place, ['run', 'iris.sql']), {
    code: 2,
    stdout: '',
    stderr: `error[MODEL_SCHEMA]: OUTPUT column "label" is DOUBLE, but output "label" of the model is int64 [N]
${PREDICT} the model gives "label" int64 [N], "prob" float32 [N, 3]
${AT_MODEL}  = declare for example OUTPUT (label BIGINT, prob ARRAY<DOUBLE>)
`,
  });
});

test('an input column of another type than the model takes', async context => {
  const place = workplace(context);
  irisIn(place, IRIS.replaceAll('(a FLOAT', '(a STRING'));
  assert.deepEqual(await run(place, ['run', 'iris.sql']), {
    code: 2,
    stdout: '',
    stderr: `error[MODEL_SCHEMA]: column "a" is STRING, but input "x" of the model is float32 [N, 4]
${PREDICT} the model takes "x" float32 [N, 4]
${AT_MODEL}  = the columns of INPUT are its features, in declared order
  = declare for example INPUT (f1 FLOAT, f2 FLOAT, f3 FLOAT, f4 FLOAT)
`,
  });
});

test('a package that is not installed', async context => {
  const place = workplace(context);
  irisIn(place);
  place.write(
    'hidden.mjs',
    `export async function resolve(name, context, next) {
  if (name !== 'onnxruntime-node') return next(name, context);
  throw Object.assign(new Error("Cannot find package 'onnxruntime-node'"), { code: 'ERR_MODULE_NOT_FOUND' });
}
`,
  );
  place.write('hide.mjs', `import { register } from 'node:module';\nregister('./hidden.mjs', import.meta.url);\n`);
  assert.deepEqual(await run(place, ['run', 'iris.sql'], { env: { NODE_OPTIONS: '--import=./hide.mjs' } }), {
    code: 2,
    stdout: '',
    stderr: `error[MISSING_PACKAGE]: 'runtime' = 'onnx' needs the package "onnxruntime-node"
${PREDICT} npm install onnxruntime-node
${AT_MODEL}  = on Linux x64 without the download of CUDA files: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node
`,
  });
});
