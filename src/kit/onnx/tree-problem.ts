import { ATTRIBUTE, of, textOf, type NodeView, type OnnxDocument } from './onnx-document.js';
import { readSmallIntegers, readText } from './protobuf.js';

/** Trees are a few dozen levels deep; onnxruntime reads them by recursion, which ends the process where they are far deeper. */
const MOST_LEVELS = 2_000;

/**
 * What is wrong with the trees of a model: onnxruntime (1.30) cuts the numbers of nodes to 32 bits and does not look for circles,
 * and a row that is in one never ends.
 *
 * @returns `undefined` where nothing is.
 */
export function treeProblem({ bytes, nodes }: OnnxDocument): string | undefined {
  for (const node of nodes) {
    const children = childrenOf(bytes, node);
    const problem = children && problemOf(children);
    if (problem !== undefined) return `the trees of its ${node.opType} ${problem}`;
  }
  return undefined;
}

/** Of each node of the trees, by index, those below it. */
type Children = readonly (readonly number[])[];

const TREES = new Set(['TreeEnsemble', 'TreeEnsembleClassifier', 'TreeEnsembleRegressor']);

function childrenOf(bytes: Uint8Array, { opType, attributes }: NodeView): Children | undefined {
  if (!TREES.has(opType)) return undefined;
  const byName = new Map(attributes.map(attribute => [textOf(bytes, attribute, ATTRIBUTE.name), attribute]));
  const integers = (name: string): number[] =>
    (byName.get(name) ?? []).flatMap(field => (field.number === ATTRIBUTE.ints ? readSmallIntegers(bytes, field) : []));
  const trueIds = integers('nodes_truenodeids');
  const falseIds = integers('nodes_falsenodeids');
  if (opType === 'TreeEnsemble') {
    const [trueLeafs, falseLeafs] = [integers('nodes_trueleafs'), integers('nodes_falseleafs')];
    return trueIds.map((id, i) => [...(trueLeafs[i] === 0 ? [id] : []), ...(falseLeafs[i] === 0 ? [falseIds[i]!] : [])]);
  }
  const [trees, ids] = [integers('nodes_treeids'), integers('nodes_nodeids')];
  const modes = of(byName.get('nodes_modes') ?? [], ATTRIBUTE.strings).map(field => readText(bytes, field));
  const places = new Map(ids.map((id, i) => [`${trees[i]}:${id}`, i]));
  // A node that is not there is at -1.
  return ids.map((_, i) => (modes[i] === 'LEAF' ? [] : [trueIds[i], falseIds[i]].map(id => places.get(`${trees[i]}:${id}`) ?? -1)));
}

/** Takes away what is under nothing, again and again: what is left has circles. */
function problemOf(children: Children): string | undefined {
  const parents = new Uint32Array(children.length);
  for (const below of children) {
    for (const child of below) {
      if (parents[child] === undefined) return 'lead to nodes that are not there';
      parents[child]++;
    }
  }
  let level: number[] = [];
  for (let i = 0; i < children.length; i++) if (parents[i] === 0) level.push(i);
  let taken = level.length;
  let depth = 0;
  while (level.length > 0) {
    if (++depth > MOST_LEVELS) return `have more than ${MOST_LEVELS} levels`;
    const next: number[] = [];
    for (const node of level) {
      for (const child of children[node]!) {
        parents[child]!--;
        if (parents[child] === 0) next.push(child);
      }
    }
    taken += next.length;
    level = next;
  }
  return taken === children.length ? undefined : 'lead back to nodes above, so that a row would never reach a leaf';
}
