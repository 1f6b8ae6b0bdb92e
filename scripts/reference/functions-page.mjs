// docs/reference/functions.md: the built-in functions and special forms, by family, then the aggregates and what of Flink's is absent. The
// examples run as unit tests.
import { ABSENT_FUNCTIONS } from '../../dist/planner/functions/absent-functions.js';
import { AGGREGATE_FUNCTIONS } from '../../dist/planner/functions/aggregate/aggregate-registry.js';
import { GROUPING_FUNCTIONS } from '../../dist/planner/functions/aggregate/grouping-functions.js';
import { SCALAR_FUNCTIONS } from '../../dist/planner/functions/function-registry.js';
import { OVER_FUNCTIONS } from '../../dist/planner/functions/over/over-functions.js';
import { SPECIAL_FORMS } from '../../dist/planner/functions/special-forms.js';
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
  const functions = [...SPECIAL_FORMS, ...SCALAR_FUNCTIONS];
  const families = Object.keys(TITLES).filter(family => functions.some(each => each.family === family));
  return [
    ...pageHead('Functions'),
    'Functions, operators and forms of the grammar that give a value. Windows and `ML_PREDICT` are in [the guide](../guide/sql.md). At the end',
    'stand [the functions of Flink that are absent](#functions-of-flink-that-are-absent).',
    '',
    'Examples run as tests; results are shown as `CAST(… AS STRING)` gives them.',
    ...families.flatMap(family => [
      '',
      `## ${TITLES[family]}`,
      '',
      ...functions.filter(each => each.family === family).flatMap(functionLines),
    ]),
    '',
    '## Aggregates',
    '',
    'One value for the rows of a group. `DISTINCT` takes equal values once; `FILTER (WHERE condition)` behind any of them takes only the rows for',
    'which the condition is true. The examples are whole queries.',
    '',
    ...[...AGGREGATE_FUNCTIONS, ...GROUPING_FUNCTIONS].flatMap(functionLines),
    '',
    '## Windows of rows',
    '',
    'Functions that need `OVER (PARTITION BY … ORDER BY …)`. Every aggregate can have it too, and then sees the rows of its frame',
    '([the guide](../guide/sql.md#over)).',
    '',
    ...OVER_FUNCTIONS.flatMap(functionLines),
    '',
    '## Functions of Flink that are absent',
    '',
    'All other scalar functions of Flink 2.2 are here.',
    '',
    ...ABSENT_FUNCTIONS.map(({ names, reason }) => `- ${names.map(code).join(', ')}: ${reason}`),
    '',
  ].join('\n');
}

function functionLines({ signature, aliases = [], doc, examples, deterministic }) {
  const also = aliases.length > 0 ? ` (also ${aliases.map(code).join(', ')})` : '';
  const changes = deterministic === false ? ' Not deterministic.' : '';
  return [`- **${code(signature)}**${also}: ${doc}${changes}`, ...examples.map(({ sql, result }) => `  - ${code(sql)} → ${code(result)}`)];
}
