// docs/reference/functions.md: the built-in scalar functions, by family. The examples run as unit tests.
import { createFunctionRegistry } from '../../dist/planner/functions/function-registry.js';
import { code, pageHead } from './markdown.mjs';

const TITLES = {
  comparison: 'Comparison',
  logical: 'Logic',
  arithmetic: 'Numbers',
  string: 'Text',
  temporal: 'Dates and times',
  conditional: 'Conditions',
  conversion: 'Conversion',
  collection: 'Arrays, maps and rows',
  json: 'JSON',
  hash: 'Hashes',
  auxiliary: 'Others',
};

export async function functionsPage() {
  const functions = [...new Set(createFunctionRegistry().values())];
  const families = Object.keys(TITLES).filter(family => functions.some(each => each.family === family));
  return [
    ...pageHead('Functions'),
    'Scalar functions and operators. What belongs to the grammar (`CASE`, `CAST`, `IN`, `BETWEEN`), the forms that evaluate an argument only where',
    'it is needed (`COALESCE`, `IFNULL`, `NULLIF`, `IF`), aggregates and `ML_PREDICT` are in [the guide](../guide/sql.md).',
    '',
    'Examples run as tests; results are shown as `CAST(… AS STRING)` gives them.',
    ...families.flatMap(family => [
      '',
      `## ${TITLES[family]}`,
      '',
      ...functions.filter(each => each.family === family).flatMap(functionLines),
    ]),
    '',
  ].join('\n');
}

function functionLines({ signature, aliases = [], doc, examples, deterministic }) {
  const also = aliases.length > 0 ? ` (also ${aliases.map(code).join(', ')})` : '';
  const changes = deterministic === false ? ' Not deterministic.' : '';
  return [`- **${code(signature)}**${also}: ${doc}${changes}`, ...examples.map(({ sql, result }) => `  - ${code(sql)} → ${code(result)}`)];
}
