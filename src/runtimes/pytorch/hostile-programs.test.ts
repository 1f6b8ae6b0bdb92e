import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { openTorchArchive } from './archive/torch-archive.js';
import { readZipRecords } from './archive/zip-records.js';
import { zip } from './archive/zip.test.fixture.js';
import { convertModel } from './convert-model.js';

const SOURCE = 'tests/fixtures/pytorch/torch-2.15/named-script.pt';

/** An archive whose `forward` does this, as lines of TorchScript. */
async function archiveOf(...lines: readonly string[]): Promise<Uint8Array> {
  const records = await readZipRecords(readFileSync(SOURCE));
  return zip(
    records.names.map(name => {
      const content = records.read(name);
      const text = Buffer.from(content).toString('latin1');
      const start = text.indexOf('    l = self.l');
      if (!name.endsWith('.py') || start < 0) return { name, content };
      return { name, content: Buffer.from(`${text.slice(0, start)}${lines.map(line => `    ${line}\n`).join('')}`, 'latin1') };
    }),
  );
}

async function refusal(...lines: readonly string[]): Promise<string> {
  const archive = await openTorchArchive(await archiveOf(...lines));
  const start = process.hrtime.bigint();
  try {
    convertModel(archive, [{ name: 'x', dtype: 'float32', rowShape: [4], isBatched: true }]);
  } catch (error) {
    assert.ok(MillraceError.is(error), error instanceof Error ? error.stack : String(error));
    assert.ok(Number(process.hrtime.bigint() - start) < 20e9, 'it took too long to refuse');
    return error.message;
  }
  return assert.fail('the model was converted');
}

test('the archive that is changed is sound', async () => {
  const archive = await openTorchArchive(await archiveOf('return torch.mul(x, 2)'));
  const { outputs } = convertModel(archive, [{ name: 'x', dtype: 'float32', rowShape: [4], isBatched: true }]);
  assert.deepEqual(
    outputs.map(({ name }) => name),
    ['output'],
  );
});

test('programs that do not end, or that grow without bound, are refused in bounded time', async () => {
  assert.match(await refusal('k = 0', 'while True:', '  k = torch.add(k, 1)', 'return x'), /takes more than 1000000 steps/);
  assert.match(
    await refusal('for i in range(200000):', '  for j in range(200000):', '    x = torch.add(x, 1)', 'return x'),
    /steps|more than 200000 operations/,
  );
  assert.match(await refusal('for i in range(9223372036854775807):', '  pass', 'return x'), /a range that is too long/);
  assert.match(await refusal('s = "ab"', 'for i in range(100):', '  s = torch.add(s, s)', 'return x'), /a text that is too long/);
  assert.match(await refusal('l = [1, 2]', 'for i in range(100):', '  l = torch.add(l, l)', 'return x'), /a list of \d+ values|too long/);
  assert.match(await refusal('l = [1]', 'for i in range(100):', '  _0 = torch.extend(l, l)', 'return x'), /too long/);
  assert.match(await refusal('return (self).forward(x, )'), /call each other more than 150 levels deep/);
});

test('lists that hold each other many times over are refused in bounded time', async () => {
  const grow = ['l = annotate(List[int], [])', 'm = annotate(List[int], [])', 'for i in range(64):', '  l = [l, l]', '  m = [m, m]'];
  assert.match(await refusal(...grow, 'if torch.eq(l, m):', '  pass', 'return x'), /too long/);
  assert.match(await refusal(...grow, 'y = torch.tensor(l)', 'return y'), /nested too deep|too long/);
  assert.match(await refusal(...grow, 'ops.prim.RaiseException(torch.str(l))', 'return x'), /raises an error/);
  assert.match(await refusal(...grow, 'return l'), /gives no tensors/);
  const deep = ['l = annotate(List[int], [])', 'm = annotate(List[int], [])', 'for i in range(50000):', '  l = [l]', '  m = [m]'];
  assert.match(await refusal(...deep, 'if torch.eq(l, m):', '  pass', 'return x'), /beyond the limits|too long/);
});

test('tensors beyond all memory are refused before they are made', async () => {
  assert.match(await refusal('return torch.add(torch.sum(torch.zeros([1000000, 1000000])), x)'), /larger than the limit/);
  assert.match(await refusal('return torch.add(torch.sum(torch.arange(99999999999)), x)'), /arange of 99999999999 numbers/);
  assert.match(await refusal('return torch.repeat(x, [1, 99999999999])'), /larger than the limit/);
  assert.match(await refusal('for i in range(100):', '  x = torch.unsqueeze(x, 1)', 'return x'), /dimensions/);
  assert.match(await refusal('y = torch.expand(x, [-1, 4])', 'return torch.split(torch.repeat(y, [1, 100000]), 1, 1)'), /into parts of 1/);
});

test('names of the language that runs this mean nothing in a program', async () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    assert.match(await refusal(`return ${name}(x)`), new RegExp(`${name} \\(code/`));
    assert.match(await refusal(`return torch.${name}(x)`), new RegExp(`aten::${name}`));
    assert.match(await refusal(`return (self).${name}`), new RegExp(`attribute "${name}"`));
    assert.match(await refusal(`return (self).${name}(x, )`), new RegExp(`method "${name}"`));
  }
});
