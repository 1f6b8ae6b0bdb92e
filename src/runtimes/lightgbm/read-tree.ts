import { COPY_AGAIN, malformed } from './malformed.js';
import type { FileTree, LinearLeaves } from './lightgbm-model.js';
import { integerOf, integersOf, numbersOf, type Section } from './text-sections.js';

/** Most leaves of a tree: more than any text that can be read has room for. */
const MAX_LEAVES = 1 << 28;

/** One section that begins with `Tree=`. */
export function readTree(section: Section, featureCount: number): FileTree {
  const leafCount = integerOf(section, 'num_leaves', { min: 1, max: MAX_LEAVES });
  const setCount = integerOf(section, 'num_cat', { min: 0, max: MAX_LEAVES });
  // Where a text is cut off, the last number can be short of digits; the last line of a tree is not.
  if (!section.has('shrinkage')) throw malformed('a tree ends early', COPY_AGAIN);
  const inner = leafCount - 1;
  // A tree that is one leaf has the other lines empty, or not at all.
  const none = inner === 0;
  const setStarts = setCount > 0 ? integersOf(section, 'cat_boundaries', setCount + 1) : new Int32Array(1);
  const setWords = setCount > 0 ? integersOf(section, 'cat_threshold') : new Int32Array(0);
  for (let i = 0; i < setCount; i++)
    if (setStarts[i]! < 0 || setStarts[i + 1]! < setStarts[i]! || setStarts[i + 1]! > setWords.length)
      throw malformed('the sets of categories of a tree are not where it says');
  return {
    leafCount,
    left: none ? new Int32Array(0) : integersOf(section, 'left_child', inner),
    right: none ? new Int32Array(0) : integersOf(section, 'right_child', inner),
    feature: none ? new Int32Array(0) : integersOf(section, 'split_feature', inner),
    threshold: none ? new Float64Array(0) : numbersOf(section, 'threshold', inner),
    decision: none ? new Int32Array(0) : integersOf(section, 'decision_type', inner),
    leafValue: numbersOf(section, 'leaf_value', leafCount),
    setStarts,
    setWords,
    linear: section.get('is_linear') === '1' ? readLinear(section, { leafCount, featureCount }) : undefined,
  };
}

function readLinear(
  section: Section,
  { leafCount, featureCount }: { readonly leafCount: number; readonly featureCount: number },
): LinearLeaves {
  const counts = integersOf(section, 'num_features', leafCount);
  const starts = new Int32Array(leafCount + 1);
  for (let leaf = 0; leaf < leafCount; leaf++) {
    if (counts[leaf]! < 0 || counts[leaf]! > featureCount)
      throw malformed(`a leaf has ${counts[leaf]} features, and the model ${featureCount}`);
    starts[leaf + 1] = starts[leaf]! + counts[leaf]!;
  }
  const feature = integersOf(section, 'leaf_features', starts[leafCount]);
  if (feature.some(index => index < 0 || index >= featureCount))
    throw malformed(`a leaf looks at a feature that is none of ${featureCount}`);
  return {
    constant: numbersOf(section, 'leaf_const', leafCount),
    starts,
    feature,
    coefficient: numbersOf(section, 'leaf_coeff', starts[leafCount]),
  };
}
