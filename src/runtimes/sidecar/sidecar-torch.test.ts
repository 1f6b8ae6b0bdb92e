import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, after, test } from 'node:test';
import { batchOfRows } from '../../spec/batch.js';
import { arrayOf, BIGINT, DOUBLE, FLOAT, type Field } from '../../spec/data-type.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { openRuntime, type OpenedRuntime, type RuntimeUnderTest } from '../../testing/open-runtime.js';
import { answersOf, python, refusal, torchPython, withoutTorch } from './python.test.fixture.js';
import { sidecar } from './sidecar-runtime.js';

/** Models, and what this Python gives for 240 rows with missing and extreme values. */
const SCRIPT = `
import json, math, os
import numpy as np
import torch

torch.manual_seed(7)

class Classifier(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.BatchNorm1d(16), torch.nn.Linear(16, 3))

    def forward(self, x):
        if bool((x[:, 0] == 13).any()):
            raise ValueError("thirteen")
        if bool((x[:, 0] == 17).any()):
            while True:
                x = x + 1
        if bool((x[:, 0] == 19).any()):
            x = x + torch.ones(x.shape[0], 200000000).sum()
        logits = self.layers(x)
        return torch.softmax(logits, 1), logits.argmax(1)

class Lookup(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.names = torch.nn.Embedding(10, 5)

    def forward(self, ids, scale):
        return {"vector": self.names(ids) * scale.double().unsqueeze(1), "half": scale.half()}

class Trap:
    def __reduce__(self):
        return (os.system, ("touch %s" % os.path.join(os.getcwd(), "trapped"),))

classifier = Classifier().eval()
with torch.no_grad():
    classifier.layers[2].running_mean.uniform_(-1, 1)
scripted = torch.jit.script(classifier)
scripted.save("classifier.pt")
torch.jit.script(Lookup().eval()).save("lookup.pt")
torch.save(Trap(), "pickle.pt")

random = np.random.default_rng(1)
rows = random.normal(0, 3, (240, 4)).astype(np.float32)
rows[::17, 1] = np.nan
rows[5] = [1e38, -1e38, 1e-45, 0]
rows[6] = [np.inf, 0, 0, 0]
with torch.inference_mode():
    probabilities, labels = scripted(torch.from_numpy(rows))
    vectors = torch.jit.load("lookup.pt")(torch.arange(10), torch.linspace(0, 1, 10))
texts = lambda array: [[repr(float(value)) for value in row] for row in array]
print(json.dumps({"rows": texts(rows), "probabilities": texts(probabilities.numpy()), "labels": labels.tolist(), "vectors": texts(vectors["vector"].numpy())}))
`;

interface Reference {
  readonly rows: readonly (readonly string[])[];
  readonly probabilities: readonly (readonly string[])[];
  readonly labels: readonly number[];
  readonly vectors: readonly (readonly string[])[];
}

const INPUTS: readonly Field[] = ['a', 'b', 'c', 'd'].map(name => ({ name, type: FLOAT }));
const OUTPUTS: readonly Field[] = [
  { name: 'output_0', type: arrayOf(DOUBLE) },
  { name: 'output_1', type: BIGINT },
];

let folder = '';
let remove = async (): Promise<void> => {};
let reference: Reference;

before(async () => {
  if (torchPython === undefined) return;
  ({ path: folder, remove } = await temporaryFolder());
  reference = await python<Reference>(torchPython, folder, SCRIPT);
});
after(() => remove());

function open(given: Partial<RuntimeUnderTest> = {}): Promise<OpenedRuntime> {
  const { options, ...rest } = given;
  return openRuntime({
    runtime: sidecar,
    path: join(folder, 'classifier.pt'),
    format: 'pytorch',
    inputs: INPUTS,
    outputs: OUTPUTS,
    options: { 'sidecar.python': torchPython!, ...options },
    ...rest,
  });
}

function numberOf(text: string): number {
  return text === 'nan' ? Number.NaN : Number(text.replace('inf', 'Infinity'));
}

test('answers are those of torch, alone, in batches and in odd ones', { skip: withoutTorch }, async context => {
  const model = await open({ threads: 2 });
  context.after(() => model.close());
  const rows = reference.rows.map(row => row.map(numberOf));
  for (const size of [rows.length, 1, 7, 100]) {
    const answers = await answersOf(model.predict, INPUTS, rows, size);
    answers.forEach((answer, i) => {
      const [probabilities, label] = answer as [number[], number];
      assert.equal(label, reference.labels[i]);
      reference.probabilities[i]!.map(numberOf).forEach((value, k) => {
        const found = probabilities[k]!;
        assert.ok(Object.is(found, value) || Math.abs(found - value) <= 1e-6 * Math.abs(value) + 1e-12, `row ${i}: ${found} and ${value}`);
      });
    });
  }
});

test('a NULL is a missing value, as NaN is', { skip: withoutTorch }, async context => {
  const model = await open();
  context.after(() => model.close());
  const [missing, notANumber] = await answersOf(
    model.predict,
    INPUTS,
    [
      [1, null, 2, 3],
      [1, Number.NaN, 2, 3],
    ],
    2,
  );
  assert.deepEqual(missing, notANumber);
});

test('the version is made from the file, and memory is that of the process', { skip: withoutTorch }, async context => {
  const model = await open();
  context.after(() => model.close());
  assert.match(model.version, /^[0-9a-f]{12}$/);
  assert.ok(model.model.memoryBytes > 2 ** 25);
  assert.deepEqual(model.model.inputs, [{ name: 'x', element: 'float32', shape: undefined }]);
});

test('a row that the model refuses fails alone, with the reason', { skip: withoutTorch }, async context => {
  const model = await open();
  context.after(() => model.close());
  const rows = Array.from({ length: 9 }, (_, i) => [i + 7, 0, 0, 0]);
  const answers = await answersOf(model.predict, INPUTS, rows, 9);
  assert.match(answers[6] as string, /cannot compute this row: .*thirteen/);
  assert.equal(answers.filter(answer => typeof answer === 'string').length, 1);
});

test('several inputs take columns of their names, and outputs of a dictionary theirs', { skip: withoutTorch }, async context => {
  const inputs: readonly Field[] = [
    { name: 'scale', type: FLOAT },
    { name: 'ids', type: BIGINT },
  ];
  const declaredInputs = [
    { name: 'ids', element: 'int64', shape: [undefined] },
    { name: 'scale', element: 'float32', shape: [undefined] },
  ] as const;
  const outputs: readonly Field[] = [
    { name: 'vector', type: arrayOf(DOUBLE) },
    { name: 'half', type: DOUBLE },
  ];
  const model = await open({ path: join(folder, 'lookup.pt'), inputs, outputs, declaredInputs });
  context.after(() => model.close());
  const answers = await answersOf(
    model.predict,
    inputs,
    [
      [1, 9],
      [0.5, 3],
      [0, 10],
    ],
    3,
  );
  assert.deepEqual((answers[0] as [number[], number])[0], reference.vectors[9]!.map(numberOf));
  assert.equal((answers[1] as [number[], number])[1], 0.5);
  assert.match(answers[2] as string, /index out of range/);
});

test('a worker that is killed in a call loses no row that is asked again', { skip: withoutTorch }, async context => {
  const model = await open();
  context.after(() => model.close());
  const hanging = model.predict(batchOfRows(INPUTS, [[17, 0, 0, 0]]), new AbortController().signal);
  await until(() => workerPids().length > 0);
  for (const pid of workerPids()) process.kill(pid, 'SIGKILL');
  const error = await refusal(hanging);
  assert.deepEqual([error.code, error.retry], ['PREDICTION_FAILED', 'backoff']);
  assert.match(error.message, /was ended by SIGKILL/);
  const again = await answersOf(model.predict, INPUTS, [[1, 2, 3, 4]], 1);
  assert.equal((again[0] as unknown[]).length, 2);
});

test('a worker that takes more memory than it may is replaced', { skip: withoutTorch }, async context => {
  const model = await open({ options: { 'sidecar.memory-limit': '900 mb' } });
  context.after(() => model.close());
  const error = await refusal(model.predict(batchOfRows(INPUTS, [[19, 0, 0, 0]]), new AbortController().signal));
  assert.deepEqual([error.code, error.retry], ['PREDICTION_FAILED', 'backoff']);
  assert.match(error.message, /its limit is 900 MB/);
  assert.equal(typeof (await answersOf(model.predict, INPUTS, [[1, 2, 3, 4]], 1))[0], 'object');
});

test('files that are no TorchScript are refused, and a pickle runs nothing', { skip: withoutTorch }, async () => {
  const pickle = await refusal(open({ path: join(folder, 'pickle.pt') }));
  assert.equal(pickle.code, 'MODEL_LOAD');
  assert.match(pickle.notes[0]!.message, /a pickle of a module is not opened/);
  assert.equal(existsSync(join(folder, 'trapped')), false);
  const text = await refusal(
    open({
      path: join(
        folder,
        readdirSync(folder).find(name => name.endsWith('.py'))!,
      ),
    }),
  );
  assert.equal(text.code, 'MODEL_LOAD');
});

test('a GPU that is not there is refused, and so is a framework that is not', { skip: withoutTorch }, async () => {
  const gpu = await refusal(open({ device: 'gpu' }));
  assert.equal(gpu.code, 'INVALID_OPTION');
  assert.match(gpu.message, /sees no GPU/);
  const other = await refusal(open({ format: 'tensorflow' }));
  assert.equal(other.code, 'MISSING_PACKAGE');
  assert.match(other.notes[0]!.message, /-m pip install numpy tensorflow/);
});

test('a worker ends when the process that started it is killed', { skip: withoutTorch || process.platform !== 'linux' }, async context => {
  const { spawn } = await import('node:child_process');
  const program = `
    import { sidecar } from ${JSON.stringify(new URL('./sidecar-runtime.js', import.meta.url).href)};
    import { viewModelFile } from ${JSON.stringify(new URL('../../kit/view-model-file.js', import.meta.url).href)};
    const options = sidecar.options.parse({ 'sidecar.python': ${JSON.stringify(torchPython!)} });
    const file = await viewModelFile(${JSON.stringify(join(folder, 'classifier.pt'))});
    const model = await sidecar.open({ name: 'm', file, format: 'pytorch', options, threads: 1, device: 'cpu' });
    const run = (await model.prepare([{ name: 'x', element: 'float32', columns: [0, 1, 2, 3], width: 4, rowShape: [4] }])).reading([]);
    console.log('ready');
    await run(1, [Float32Array.of(17, 0, 0, 0)], new AbortController().signal);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => owner.kill('SIGKILL'));
  await new Promise(resolve => owner.stdout.once('data', resolve));
  const [pid] = workerPids(owner.pid);
  assert.ok(pid !== undefined);
  owner.kill('SIGKILL');
  await until(() => !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
});

/** The processes of `parent` that run the worker. */
function workerPids(parent = process.pid): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => {
      try {
        const [, , ppid] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
        return Number(ppid) === parent && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('sidecar_worker.py');
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    assert.ok(waited < 10_000, 'it does not happen');
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
