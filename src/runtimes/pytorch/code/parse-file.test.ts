import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../../common/error.js';
import { parseFile } from './parse-file.js';

test('classes, attributes, constants and methods', () => {
  const { classes, functions } = parseFile(
    `op_version_set = 1
class M(Module):
  __parameters__ = ["weight", ]
  __annotations__ = []
  weight : Tensor
  mode : Final[str] = "GRU"
  __annotations__["0"] = __torch__.torch.nn.modules.linear.Linear
  def forward(self: __torch__.M,
    x: Tensor,
    h: Optional[Tensor]=None) -> Tuple[Tensor, Tensor]:
    a, b, = (self.weight).forward(x, )
    if torch.__is__(h, None):
      c : Optional[Tensor] = a
    else:
      c = torch.add(a, b, alpha=-2)
    for i in range(3):
      while True:
        break
    return (a, getattr(self, "0"))
def free(x: Tensor) -> Tensor:
  return torch.relu(x)
`,
    'f.py',
  );
  const type = classes.get('M')!;
  assert.deepEqual(type.attributes, ['weight', 'mode', '0']);
  assert.deepEqual([...type.constants.keys()], ['mode']);
  const forward = type.methods.get('forward')!;
  assert.deepEqual(
    forward.parameters.map(({ name, type: annotation }) => [name, annotation]),
    [
      ['self', '__torch__.M'],
      ['x', 'Tensor'],
      ['h', 'Optional[Tensor]'],
    ],
  );
  assert.deepEqual(
    forward.body().map(({ kind, line }) => [kind, line]),
    [
      ['assign', 11],
      ['if', 12],
      ['for', 16],
      ['return', 19],
    ],
  );
  assert.equal(functions.get('free')!.body().length, 1);
});

test('a damaged text is refused with its line', () => {
  const refuse = (text: string): string => {
    try {
      for (const definition of parseFile(text, 'f.py').functions.values()) definition.body();
    } catch (error) {
      assert.ok(MillraceError.is(error), String(error));
      return error.message;
    }
    return assert.fail('the text was read');
  };
  assert.match(refuse('def f(x: Tensor) -> Tensor:\n  return torch.add(x,\n'), /unexpected|expected/);
  assert.match(refuse('def f(x: Tensor) -> Tensor:\n    return x\n  return x\n'), /the indentation fits no block/);
  assert.match(refuse('def f(x) -> int:\n  return 1 ?\n'), /line 2: unexpected character/);
  assert.match(refuse('def f(x) -> int:\n  import os\n'), /line 2: expected a statement of TorchScript, found "import"/);
  assert.match(refuse(`def f(x) -> int:\n  return ${'('.repeat(5_000)}x${')'.repeat(5_000)}\n`), /nested too deep/);
  assert.match(refuse(`def f(x) -> int:\n  return ${'-'.repeat(5_000)}x\n`), /nested too deep/);
});
