// docs/reference/metrics.md: what is measured, from the table in src/telemetry/instruments.ts.
import { ATTRIBUTES, JOB_INSTRUMENTS, LOADER_INSTRUMENTS, MODEL_INSTRUMENTS, prometheusName } from '../../dist/telemetry/instruments.js';
import { code, pageHead, table } from './markdown.mjs';

const KINDS = { counter: 'counter', 'event-counter': 'counter', gauge: 'gauge', histogram: 'histogram' };

export function metricsPage() {
  return [
    ...pageHead('Metrics'),
    '[Operations](../guide/operations.md#metrics) tells how to get them. Names are those of OpenTelemetry; below each is the one that Prometheus',
    'has. Durations are seconds. Attributes are labels in Prometheus, with `_` for `.`.',
    '',
    '## Models',
    '',
    ...instrumentTable(MODEL_INSTRUMENTS),
    '',
    '## Jobs',
    '',
    ...instrumentTable(JOB_INSTRUMENTS),
    '',
    '## Model files',
    '',
    ...instrumentTable(LOADER_INSTRUMENTS),
    '',
    '## Attributes',
    '',
    ...table(
      ['Attribute', 'Value'],
      Object.entries(ATTRIBUTES).map(([name, doc]) => [code(name), doc]),
    ),
    '',
  ].join('\n');
}

function instrumentTable(instruments) {
  return table(
    ['Metric', 'Kind', 'Unit', 'What it is', 'Attributes'],
    Object.values(instruments).map(each => [
      `${code(each.name)}<br>${code(prometheusName(each))}`,
      KINDS[each.kind],
      code(each.unit),
      each.doc,
      each.attributes.map(code).join(', '),
    ]),
  );
}
