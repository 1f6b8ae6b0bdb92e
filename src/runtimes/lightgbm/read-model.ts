import type { LightgbmModel } from './lightgbm-model.js';
import { MAX_FEATURES, MAX_OUTPUTS } from './lightgbm-model.js';
import { COPY_AGAIN, malformed } from './malformed.js';
import { readCategories } from './read-categories.js';
import { readTree } from './read-tree.js';
import { integerOf, readSections, textOf, wordsOf } from './text-sections.js';

/** The versions of the text format whose meaning is known. */
const VERSIONS = new Set(['v2', 'v3', 'v4']);

/**
 * The model in the text of `Booster.save_model`.
 *
 * @throws {MillraceError} `MODEL_LOAD`.
 */
export function readModel(bytes: Uint8Array): LightgbmModel {
  const sections = readSections(bytes);
  const { header } = sections;
  const version = textOf(header, 'version');
  if (!VERSIONS.has(version))
    throw malformed(`version "${version.slice(0, 40)}" of the format is not known: ${[...VERSIONS].join(', ')} are`);
  const featureCount = integerOf(header, 'max_feature_idx', { min: -1, max: MAX_FEATURES - 1 }) + 1;
  const outputCount = integerOf(header, 'num_tree_per_iteration', { min: 1, max: MAX_OUTPUTS });
  const names = wordsOf(header, 'feature_names');
  if (names.length !== featureCount) throw malformed(`there are ${names.length} names for ${featureCount} features`);
  const trees = sections.trees.map(section => readTree(section, featureCount));
  const announced = header.has('tree_sizes') ? wordsOf(header, 'tree_sizes').length : trees.length;
  if (announced !== trees.length) throw malformed(`it announces ${announced} trees, and ${trees.length} follow`, COPY_AGAIN);
  if (trees.length === 0) throw malformed('it has no trees', COPY_AGAIN);
  if (trees.length % outputCount !== 0) throw malformed(`${trees.length} trees are no rounds of ${outputCount}`);
  return {
    featureCount,
    featureNames: names.every((name, i) => name === `Column_${i}`) ? undefined : names,
    categories: readCategories(sections),
    outputCount,
    objective: header.get('objective') ?? '',
    isAverage: header.has('average_output'),
    trees,
  };
}

/** Whether these first bytes of a file are a model that LightGBM saved as text. */
export function looksLikeLightgbm(head: Uint8Array): boolean {
  return /^tree\r?\nversion=v\d+\r?\nnum_class=/.test(Buffer.from(head.subarray(0, 100)).toString('latin1'));
}
