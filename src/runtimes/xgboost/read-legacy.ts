import { ByteCursor } from './byte-cursor.js';
import { DocumentNode } from './document-node.js';
import { malformed } from './malformed.js';
import { parseJson } from './parse-json.js';
import { checkTrees, evenRounds } from './read-document.js';
import { MAX_FEATURES, MAX_OUTPUTS, type FileLinear, type FileTree, type FileTrees, type XgboostModel } from './xgboost-model.js';

/*
 * The binary format of XGBoost before 3.1: the structs of the program one after the other, little-endian. A text and a vector
 * have a length of 64 bits in front. It holds neither categorical splits nor leaves with several values.
 */

/** Bytes before the text of the objective. */
export const LEARNER_PARAMETERS_BYTES = 136;

const decoder = new TextDecoder();

const REMEDY =
  'the file is truncated: copy it again; XGBoost itself leaves such a file where this format cannot hold the model, as with categorical splits: save that in UBJSON or JSON';

/** @throws {MillraceError} `MODEL_LOAD` for anything else, also for the stump that XGBoost leaves of what the format cannot hold. */
export function readLegacy(bytes: Uint8Array): XgboostModel {
  const hasMagic = bytes[0] === 0x62 && decoder.decode(bytes.subarray(0, 4)) === 'binf';
  const cursor = new ByteCursor(hasMagic ? bytes.subarray(4) : bytes, 'little-endian', REMEDY);
  const baseScore = cursor.float32();
  const featureCount = cursor.uint32();
  const classCount = cursor.int32();
  const hasAttributes = cursor.int32() !== 0;
  cursor.skip(4);
  const major = cursor.uint32();
  const minor = cursor.uint32();
  const targetCount = cursor.uint32();
  cursor.skip(LEARNER_PARAMETERS_BYTES - 32);
  if (featureCount > MAX_FEATURES || classCount < 0 || classCount > MAX_OUTPUTS || targetCount > MAX_OUTPUTS)
    throw malformed(`it has ${featureCount} features, ${classCount} classes and ${targetCount} targets, which is not believed`);
  const objective = readText(cursor);
  const kind = readText(cursor);
  const outputCount = Math.max(1, classCount, targetCount);
  const booster = kind === 'gblinear' ? readLinear(cursor) : readTrees(cursor, { kind, outputCount });
  const attributes = hasAttributes ? readAttributes(cursor) : new Map<string, string>();
  return {
    version: [major, minor],
    objective: objectiveIn(attributes) ?? objective,
    featureCount,
    featureNames: undefined,
    categories: new Map(),
    outputCount,
    baseScore: new Float32Array(outputCount).fill(baseScore),
    isBaseMargin: major === 0,
    bestIteration: wholeNumber(attributes.get('best_iteration')),
    booster,
  };
}

function readText(cursor: ByteCursor): string {
  return decoder.decode(cursor.take(cursor.length(1)));
}

function readLinear(cursor: ByteCursor): FileLinear {
  cursor.skip(136);
  return { kind: 'linear', weights: readFloats(cursor) };
}

function readFloats(cursor: ByteCursor): Float32Array {
  return Float32Array.from({ length: cursor.length(4) }, () => cursor.float32());
}

const TREE_BYTES = 148;

function readTrees(cursor: ByteCursor, { kind, outputCount }: { readonly kind: string; readonly outputCount: number }): FileTrees {
  if (kind !== 'gbtree' && kind !== 'dart') throw malformed(`the booster "${kind.slice(0, 40)}" is not known`);
  const count = cursor.int32();
  const parallel = cursor.int32();
  cursor.skip(152);
  if (count < 0 || count * TREE_BYTES > cursor.remaining) {
    throw malformed(`it announces ${count} trees, and ${cursor.remaining} bytes follow`, REMEDY);
  }
  const trees = Array.from({ length: count }, () => readTree(cursor));
  const outputOf = Int32Array.from({ length: count }, () => cursor.int32());
  const weights = kind === 'dart' ? readFloats(cursor) : undefined;
  const perRound = Math.max(1, parallel) * outputCount;
  return checkTrees(
    { kind: 'trees', trees, outputOf, weights: weights?.length === 0 ? undefined : weights, rounds: evenRounds(count, perRound) },
    outputCount,
  );
}

const NODE_BYTES = 20;
const STATISTICS_BYTES = 16;

function readTree(cursor: ByteCursor): FileTree {
  cursor.skip(4);
  const count = cursor.int32();
  cursor.skip(TREE_BYTES - 8);
  if (count <= 0 || count * (NODE_BYTES + STATISTICS_BYTES) > cursor.remaining)
    throw malformed(`a tree has ${count} nodes, and ${cursor.remaining} bytes follow`, REMEDY);
  const tree = {
    left: new Int32Array(count),
    right: new Int32Array(count),
    feature: new Int32Array(count),
    value: new Float32Array(count),
    defaultLeft: new Uint8Array(count),
  };
  for (let i = 0; i < count; i++) {
    cursor.skip(4);
    tree.left[i] = cursor.int32();
    tree.right[i] = cursor.int32();
    const split = cursor.uint32();
    tree.feature[i] = split & 0x7fff_ffff;
    tree.defaultLeft[i] = split >>> 31;
    tree.value[i] = cursor.float32();
  }
  cursor.skip(count * STATISTICS_BYTES);
  return tree;
}

function readAttributes(cursor: ByteCursor): ReadonlyMap<string, string> {
  const count = cursor.length(16);
  const attributes = new Map<string, string>();
  for (let i = 0; i < count; i++) attributes.set(readText(cursor), readText(cursor));
  return attributes;
}

/** The objective's configuration, which later versions keep among the attributes. */
function objectiveIn(attributes: ReadonlyMap<string, string>): string | undefined {
  const text = attributes.get('objective');
  if (text === undefined) return undefined;
  return new DocumentNode(parseJson(Buffer.from(text)), 'attributes.objective').get('name').text();
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
