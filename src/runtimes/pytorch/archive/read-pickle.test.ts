import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { MillraceError } from '../../../common/error.js';
import { readPickle } from './read-pickle.js';

const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');

function refusal(bytes: Uint8Array): string {
  try {
    readPickle(bytes, '"data.pkl"');
  } catch (error) {
    assert.ok(MillraceError.is(error), String(error));
    assert.equal(error.code, 'MODEL_LOAD');
    return error.message;
  }
  return assert.fail('the pickle was read');
}

test('plain values, of protocol 2 and of 4', () => {
  assert.deepEqual(
    readPickle(text('\x80\x02]q\x00(K\x01M\x00\x01J\xff\xff\xff\xff\x8a\x01\x80G?\xf8\x00\x00\x00\x00\x00\x00NX\x01\x00\x00\x00ae.'), 'x'),
    {
      kind: 'list',
      items: [
        { kind: 'int', value: 1 },
        { kind: 'int', value: 256 },
        { kind: 'int', value: -1 },
        { kind: 'int', value: -128 },
        { kind: 'float', value: 1.5 },
        { kind: 'none' },
        { kind: 'string', value: 'a' },
      ],
    },
  );
  assert.deepEqual(readPickle(text('\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00\x8c\x01b\x94\x88\x89\x87.'), 'x'), {
    kind: 'tuple',
    items: [
      { kind: 'string', value: 'b' },
      { kind: 'bool', value: true },
      { kind: 'bool', value: false },
    ],
  });
});

test('a value that is stored once is one value', () => {
  const list = readPickle(text('\x80\x02]q\x00h\x00\x86.'), 'x');
  assert.ok(list.kind === 'tuple' && list.items[0] === list.items[1]);
});

test('a global outside of TorchScript is refused by name, and nothing runs', () => {
  const marker = '/tmp/millrace-pickle-ran';
  const gadgets = [
    `\x80\x02cposix\nsystem\nX\x1e\x00\x00\x00touch ${marker}\x85R.`,
    `\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x05touch\x85R.`,
    '\x80\x02c__builtin__\neval\nX\x01\x00\x00\x001\x85R.',
    '\x80\x02cbuiltins\ngetattr\n)R.',
    '\x80\x02ctorch.jit._pickle\n__builtins__\n)R.',
    '\x80\x02ctorch\nload\n)R.',
    '\x80\x02ctorch._utils\n__proto__\n)R.',
    '\x80\x02cnumpy\nfromfile\n)R.',
  ];
  for (const gadget of gadgets)
    assert.match(refusal(text(gadget)), /names the global "[^"]+", and nothing outside of TorchScript's own is ever looked up or run/);
  assert.equal(existsSync(marker), false);
  assert.match(refusal(text('\x80\x02cposix\nsystem\n.')), /"posix\.system"/);
});

test('classes of the archive become shells; calling one is refused', () => {
  const shell = readPickle(text('\x80\x02c__torch__\nM\n)\x81}X\x01\x00\x00\x00aK\x05sb.'), 'x');
  assert.deepEqual(shell, { kind: 'object', className: '__torch__.M', attributes: new Map([['a', { kind: 'int', value: 5 }]]) });
  assert.match(refusal(text('\x80\x02c__torch__\nM\n)R.')), /calls "__torch__\.M", which is never run/);
  assert.match(refusal(text('\x80\x02c__torch__\nM\n)\x81K\x05b.')), /restores "__torch__\.M" by code of its own/);
});

test('instructions that make other objects are refused', () => {
  for (const code of ['i', 'o', '\x92', '\x82\x01', 'P1\n']) assert.match(refusal(text(`\x80\x02${code}.`)), /which is not read/);
});

test('a damaged pickle is refused', () => {
  assert.match(refusal(text('')), /ends too early/);
  assert.match(refusal(text('\x80\x02')), /ends too early/);
  assert.match(refusal(text('\x80\x07N.')), /protocol 7/);
  assert.match(refusal(text('(lp0\n.')), /does not begin/);
  assert.match(refusal(text('\x80\x02.')), /not there/);
  assert.match(refusal(text('\x80\x02h\x05.')), /not there/);
  assert.match(refusal(text('\x80\x02X\xff\xff\xff\x7fab.')), /longer than the limit/);
  assert.match(refusal(text('\x80\x02e.')), /no mark/);
  assert.match(refusal(text('\x80\x02Na.')), /not there|something else than a list/);
  assert.match(refusal(Buffer.concat([text('\x80\x02'), Buffer.alloc(1_100_000, 'N')])), /larger than the limit/);
});
