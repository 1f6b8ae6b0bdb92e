import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { workplace } from './workplace.js';

const COMMANDS = [[], ['run'], ['check'], ['explain'], ['simulate', 'openai'], ['simulate', 'anthropic']];

for (const command of COMMANDS) {
  test(`millrace ${[...command, '--help'].join(' ')} prints flags and examples`, async context => {
    const { code, stdout, stderr } = await workplace(context).run([...command, '--help']);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: ${['millrace', ...command].join(' ')} `));
    assert.match(stdout, /\nOptions:\n/);
    assert.match(stdout, /\nExamples:\n {2}millrace /);
    assert.doesNotMatch(stdout, /default: \[\]/);
    assert.equal(stderr, '');
  });
}

test('help of a command can be asked for in both orders', async context => {
  const place = workplace(context);
  assert.deepEqual(await place.run(['help', 'run']), await place.run(['run', '--help']));
});

test('--version is that of the package', async context => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const place = workplace(context);
  assert.deepEqual(await place.run(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
  assert.deepEqual(await place.run(['-v']), { code: 0, stdout: `${version}\n`, stderr: '' });
});

test('a command line without a command shows the help as a mistake', async context => {
  const place = workplace(context);
  for (const command of [[], ['simulate']]) {
    const { code, stdout, stderr } = await place.run(command);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^Usage: millrace /);
  }
});

/** What is wrong with a command line, and what is told about it. */
const MISTAKES: readonly { readonly args: readonly string[]; readonly told: readonly string[] }[] = [
  { args: ['bogus'], told: ['unknown command "bogus"', 'see millrace --help'] },
  { args: ['rnu', 'a.sql'], told: ['unknown command "rnu"', 'did you mean "run"?'] },
  { args: ['simulate', 'opnai'], told: ['unknown command "opnai"', 'did you mean "openai"?'] },
  { args: ['--verbose'], told: ['unknown option "--verbose"', 'see millrace --help'] },
  { args: ['run', '--fromat', 'csv', 'a.sql'], told: ['unknown option "--fromat"', 'did you mean "--format"?'] },
  { args: ['check', '--state', 'x', 'a.sql'], told: ['unknown option "--state"', 'see millrace check --help'] },
  {
    args: ['run', '--format', 'xml', '-e', 'SELECT 1'],
    told: ['option "-f, --format <format>" argument "xml" is invalid', 'allowed choices are table, jsonl, csv, changelog'],
  },
  {
    args: ['run', '--limit', 'ten', '-e', 'SELECT 1'],
    told: ['option "--limit <rows>" argument "ten" is invalid', 'a whole number is expected'],
  },
  { args: ['run', '-e'], told: ['option "-e, --execute <sql>" argument missing', 'see millrace run --help'] },
  { args: ['run'], told: ['there is nothing to run', "name a file, or give statements with -e 'SELECT 1'"] },
  {
    args: ['run', '-e', 'SELECT 1', '--set', 'zone'],
    told: ['--set takes key=value, not "zone"', 'write --set table.local-time-zone=Europe/Berlin'],
  },
  { args: ['simulate', 'openai', '--prt', '1'], told: ['unknown option "--prt"', 'did you mean "--port"?'] },
  { args: ['simulate', 'openai', 'now'], told: ['too many arguments for "openai"', 'expected 0 arguments but got 1'] },
];

for (const { args, told } of MISTAKES) {
  test(`millrace ${args.join(' ')}: one message, exit code 2`, async context => {
    const [problem, advice] = told;
    assert.deepEqual(await workplace(context).run(args), { code: 2, stdout: '', stderr: `error[USAGE]: ${problem}\n  = ${advice}\n` });
  });
}

/** Scripts that cannot be read. */
const NO_SCRIPTS: readonly { readonly args: readonly string[]; readonly told: string }[] = [
  { args: ['run', 'nope.sql'], told: 'the script "nope.sql" does not exist or cannot be read\n  = looked for FOLDER/nope.sql' },
  { args: ['check', '.'], told: 'the script "." is a folder\n  = looked for FOLDER' },
];

for (const { args, told } of NO_SCRIPTS) {
  test(`millrace ${args.join(' ')}: the place that was looked at is told`, async context => {
    const place = workplace(context);
    const { code, stdout, stderr } = await place.run(args);
    assert.deepEqual({ code, stdout, stderr: place.masked(stderr) }, { code: 2, stdout: '', stderr: `error[FILE_NOT_FOUND]: ${told}\n` });
  });
}

/** Settings that do not exist or take another value. */
const SETTINGS: readonly { readonly setting: string; readonly told: string }[] = [
  {
    setting: 'parallelism.default=0',
    told: 'error[INVALID_OPTION]: option "parallelism.default" of SET: expected a whole number from 1 to 1024, found "0"\n',
  },
  {
    setting: 'table.local-time-zone=Mars',
    told: `error[INVALID_OPTION]: "Mars" is no time zone\n  = write an IANA name such as 'Europe/Berlin', or an offset such as '+02:00'\n`,
  },
];

for (const { setting, told } of SETTINGS) {
  test(`--set ${setting} is refused`, async context => {
    assert.deepEqual(await workplace(context).run(['run', '--set', setting, '-e', 'SELECT 1']), { code: 2, stdout: '', stderr: told });
  });
}

test('--set of an unknown key names the keys that there are', async context => {
  const { code, stdout, stderr } = await workplace(context).run(['run', '--set', 'zone=UTC', '-e', 'SELECT 1']);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
  assert.match(stderr, /^error\[UNKNOWN_OPTION\]: SET has no option "zone"\n {2}= the options are pipeline.name, .*table.local-time-zone/);
});

test('a setting that only Flink knows is a warning, with the setting that may be meant', async context => {
  const place = workplace(context);
  const run = (key: string) => place.run(['run', '-q', '-f', 'jsonl', '--set', `${key}=2`, '-e', 'SELECT 1 AS n']);
  assert.deepEqual(await run('state.backend.type'), {
    code: 0,
    stdout: '{"n":1}\n',
    stderr: "warning: SET 'state.backend.type' has no effect on the embedded engine\n",
  });
  assert.deepEqual(await run('parallelism.defualt'), {
    code: 0,
    stdout: '{"n":1}\n',
    stderr: `warning: SET 'parallelism.defualt' has no effect on the embedded engine; did you mean "parallelism.default"?\n`,
  });
});
