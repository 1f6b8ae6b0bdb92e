import type { Value } from './execute/value.js';
import type { GraphTensor } from './graph/tensor-cell.js';

const MAX_OUTPUTS = 1_000;
const MAX_NESTING = 4;
/** Of a list, what is looked at. */
const MAX_ITEMS = 100;

/**
 * The tensors that `forward` gives, by name: `output` for one, the keys of a dict, the fields of a named tuple, else `output_0`, `output_1`, …;
 * those of a nested value have the name of their place and of the place in it. What is no tensor is left out.
 */
export function namedOutputs(result: Value): ReadonlyMap<string, GraphTensor> {
  const outputs = new Map<string, GraphTensor>();
  collect(outputs, result, []);
  return outputs;
}

function collect(outputs: Map<string, GraphTensor>, value: Value, path: readonly string[]): void {
  if (outputs.size >= MAX_OUTPUTS || path.length > MAX_NESTING) return;
  switch (value.kind) {
    case 'tensor':
    case 'dynamic': {
      const tensor = value.kind === 'tensor' ? value.get() : value.tensor.get();
      if (tensor.name !== '') outputs.set(freeName(outputs, path), tensor);
      return;
    }
    case 'list':
    case 'tuple':
      for (const [i, item] of value.items.slice(0, path.length === 0 ? MAX_OUTPUTS : MAX_ITEMS).entries()) {
        const name = value.kind === 'tuple' ? value.names?.[i] : undefined;
        collect(outputs, item, [...path, name ?? (path.length === 0 ? `output_${i}` : String(i))]);
      }
      return;
    case 'dict':
      for (const [key, item] of value.entries.values()) {
        const name = key.kind === 'string' ? key.value : key.kind === 'int' ? `output_${key.value}` : 'output';
        collect(outputs, item, [...path, name]);
      }
      return;
    case 'float':
    case 'int':
    case 'bool':
      return;
  }
}

function freeName(outputs: ReadonlyMap<string, GraphTensor>, path: readonly string[]): string {
  const name = path.length === 0 ? 'output' : path.join('_');
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}_${i}`;
    if (!outputs.has(candidate) && candidate !== '') return candidate;
  }
}
