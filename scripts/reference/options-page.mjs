// docs/reference/options.md: every option that is declared in the code.
import { existsSync, readFileSync } from 'node:fs';
import { simulators } from '../../dist/cli/simulators.js';
import { sessionOptions } from '../../dist/config/session-options.js';
import { extensions } from '../../dist/extensions.js';
import { runtimeOptions } from '../../dist/inference/options.js';
import { deadLetterOptions } from '../../dist/session/dead-letter-target.js';
import { modelOptions } from '../../dist/session/model-declarations.js';
import { tableOptions } from '../../dist/session/table-factory.js';
import { formatType } from '../../dist/spec/data-type.js';
import { describeOption, durationText } from './describe-option.mjs';
import { code, pageHead, table } from './markdown.mjs';

export async function optionsPage() {
  return [
    ...pageHead('Options'),
    "Keys and values are strings: `WITH ('key' = 'value')`, `SET 'key' = 'value'`. An unknown key is an error that names the nearest known one.",
    'A value may hold `{{ secret.NAME }}` and `${VARIABLE}`; see [operations](../guide/operations.md#secrets).',
    '',
    ...table(
      ['Type', 'Written as'],
      [
        ['duration', '`500 ms`, `10 s`, `1 min`, `2 h`, `1 d`; a bare number is milliseconds'],
        ['size', '`64 kb`, `1 mb`, `2 gb`; units are powers of 1,024, a bare number is bytes'],
        ['flag', '`true` or `false`'],
        ['integer, number', 'digits, a number may have a fraction and an exponent'],
        ['list', 'words with commas between them'],
        ['latency', '`200 ms`, `100 ms..300 ms` (uniform) or `p50 200 ms p99 1 s` (lognormal)'],
        ['target', '`file:path` or `table:name`'],
        ['secret', 'text that is never shown again'],
        ['text', 'as written'],
      ],
    ),
    '',
    '## Settings of a session',
    '',
    "`SET 'key' = 'value'`, or `--set key=value` on the command line. They hold for the statements after them.",
    '',
    ...optionTable({ schema: sessionOptions }),
    '',
    '### Addresses of `limits.store` and `cache.store`',
    ...(await sections('stores', storeLines)),
    '',
    '## Tables',
    '',
    '### Every table',
    '',
    ...optionTable({ schema: tableOptions }),
    ...(await sections('connectors', connectorLines)),
    ...(await sections('formats', formatLines)),
    '',
    '## Models',
    '',
    '### Every model',
    '',
    ...optionTable({ schema: modelOptions }, { schema: runtimeOptions }, { schema: deadLetterOptions }),
    ...(await sections('providers', providerLines)),
    ...(await sections('runtimes', runtimeLines)),
    '',
    '## Simulators',
    '',
    'Flags of `millrace simulate`, and members of the object that the functions of `millrace/testing` take.',
    ...simulators.flatMap(simulatorLines),
    '',
  ].join('\n');
}

async function sections(kind, linesOf) {
  const lines = [];
  for (const [name, load] of Object.entries(extensions[kind])) lines.push(...linesOf(await load(), introduction(kind, name)));
  return lines;
}

/** The first paragraph of an extension's README, and where the rest is. */
function introduction(kind, name) {
  const path = `src/${kind}/${name}/README.md`;
  if (!existsSync(path)) return [];
  const [, first = ''] = readFileSync(path, 'utf8').split(/\n\n+/);
  return ['', `${first.replaceAll('\n', ' ')} More: [${path}](../../${path}).`];
}

function connectorLines(connector, intro) {
  const uses = [connector.createSource && 'read', connector.createSink && 'written'].filter(Boolean).join(' and ');
  const lines = [
    '',
    `### Connector ${code(connector.name)}`,
    ...intro,
    '',
    `Tables can be ${uses}. ${connector.format === 'required' ? '`format` is required.' : 'Takes no format.'}`,
  ];
  const metadata = Object.entries(connector.metadata ?? {});
  if (metadata.length > 0)
    lines.push(
      '',
      ...table(
        ['Metadata column', 'Type'],
        metadata.map(([key, type]) => [code(key), code(formatType(type))]),
      ),
    );
  lines.push('', ...optionTable({ schema: connector.options }));
  const { columnOptions } = connector;
  if (columnOptions)
    lines.push('', 'For each column:', '', ...optionTable({ schema: columnOptions.options, prefix: `${columnOptions.prefix}<column>.` }));
  return lines;
}

function formatLines({ name, options }, intro) {
  return ['', `### Format ${code(name)}`, ...intro, '', ...optionTable({ schema: options, prefix: `${name}.` })];
}

function providerLines({ name, options, defaults }, intro) {
  const { batchSize, batchTimeoutMs, maxConcurrentRequests } = defaults;
  const own = `Unless set: \`batch.size\` ${batchSize}, \`batch.timeout\` ${durationText(batchTimeoutMs)}, \`max-concurrent-requests\` ${maxConcurrentRequests}.`;
  return ['', `### Provider ${code(name)}`, ...intro, '', own, '', ...optionTable({ schema: options })];
}

function runtimeLines({ name, options }, intro) {
  return ['', `### Runtime ${code(name)}`, ...intro, '', ...optionTable({ schema: options })];
}

function storeLines({ schemes, openLimits, openAnswers }, intro) {
  const uses = [openLimits && '`limits.store`', openAnswers && '`cache.store`'].filter(Boolean).join(' and ');
  return [...intro, '', `Addresses: ${schemes.map(scheme => code(`${scheme}://`)).join(', ')}, for ${uses}.`];
}

function simulatorLines({ name, of, starter, options }) {
  return ['', `### ${of}`, '', `\`millrace simulate ${name}\`, \`${starter}\``, '', ...optionTable({ schema: options })];
}

/** Groups are schemas whose keys have a prefix in front. */
function optionTable(...groups) {
  const options = groups.flatMap(({ schema, prefix = '' }) =>
    Object.entries(schema.shape).map(([key, option]) => describeOption(prefix + key, option)),
  );
  if (options.length === 0) return ['No options of its own.'];
  const rows = options.map(({ key, type, fallback, doc }) => [code(key), type, fallback, doc]);
  if (options.every(({ aliases }) => aliases.length === 0)) return table(['Key', 'Type', 'Default', 'What it does'], rows);
  return table(
    ['Key', 'Type', 'Default', 'What it does', 'Also written'],
    rows.map((row, i) => [...row, options[i].aliases.map(code).join(', ')]),
  );
}
