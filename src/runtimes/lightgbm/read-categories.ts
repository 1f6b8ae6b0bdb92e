import type { FileCategories } from './lightgbm-model.js';
import { malformed } from './malformed.js';
import type { TextSections } from './text-sections.js';

/**
 * The categories of a data frame's columns, by feature.
 *
 * LightGBM writes them without saying whose they are: those of the columns of type category, in order. These are the features
 * that it trained as categories, unless some were ordered, or constant; then nobody can tell, and there are none here.
 */
export function readCategories({ header, parameters, pandasCategorical }: TextSections): ReadonlyMap<number, FileCategories> {
  const columns = parse(pandasCategorical);
  if (columns.length === 0) return new Map();
  const features = [declaredFeatures(parameters.get('categorical_feature')), categoricalInfos(header.get('feature_infos') ?? '')].find(
    found => found.length === columns.length,
  );
  if (features === undefined) return new Map();
  return new Map(columns.map((column, i) => [features[i]!, column]));
}

function parse(json: string | undefined): FileCategories[] {
  if (json === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw malformed('"pandas_categorical" is not JSON');
  }
  if (value === null) return [];
  if (!Array.isArray(value)) throw malformed('"pandas_categorical" is not a list');
  return value.map((column: unknown): FileCategories => {
    if (!Array.isArray(column)) throw malformed('"pandas_categorical" is not a list of lists');
    const names = column.map((name: unknown) => {
      if (typeof name !== 'string' && typeof name !== 'number' && typeof name !== 'boolean')
        throw malformed('"pandas_categorical" has a category that is neither text, number nor flag');
      return String(name);
    });
    return { names, areNumbers: column.length > 0 && column.every(name => typeof name === 'number') };
  });
}

/** `0,2,4`. */
function declaredFeatures(text = ''): number[] {
  return /^\d+(,\d+)*$/.test(text) ? text.split(',').map(Number) : [];
}

/** A number has its range, as `[0:1]`, and a feature without use `none`; a category has its codes, as `2:0:1`. */
function categoricalInfos(text: string): number[] {
  return text.split(' ').flatMap((info, i) => (/^-?\d/.test(info) ? [i] : []));
}
