import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { createSession, type LogFields } from 'millrace';

test("a program's own SDK and log take what a session tells", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })] });
  const lines: [string, string, LogFields | undefined][] = [];
  const at = (level: string) => (message: string, fields?: LogFields) => void lines.push([level, message, fields]);
  const session = createSession({
    meter: provider.getMeter('pipelines'),
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    settings: { 'pipeline.name': 'scoring' },
  });
  await session.registerTable('orders', [{ id: 1 }, { id: 2 }, { id: 3 }], { columns: { id: 'INT' } });
  await session.registerSink('scored', () => {}, { columns: { id: 'INT', score: 'DOUBLE' } });
  await session.execute(`
    CREATE MODEL judge INPUT (id INT) OUTPUT (score DOUBLE) WITH ('provider' = 'mock');
    INSERT INTO scored SELECT id, score FROM ML_PREDICT(TABLE orders, MODEL judge, DESCRIPTOR(id));
  `);
  await provider.forceFlush();
  const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics));
  const valueOf = (name: string, labels: Readonly<Record<string, string>>): unknown =>
    metrics
      .find(({ descriptor }) => descriptor.name === name)
      ?.dataPoints.find(({ attributes }) => Object.entries(labels).every(([label, value]) => attributes[label] === value))?.value;
  assert.equal(valueOf('millrace.model.rows', { 'millrace.model': 'judge', 'millrace.fate': 'answered' }), 3);
  assert.equal(
    (valueOf('millrace.model.attempt.duration', { 'millrace.model': 'judge' }) as { readonly count: number }).count,
    session.usage().get('judge')!.attempts,
  );
  assert.equal(valueOf('millrace.operator.rows.in', { 'millrace.job': 'scoring', 'millrace.table': 'scored' }), 3);
  assert.equal(valueOf('millrace.jobs.ended', { 'millrace.status': 'finished' }), 1);
  assert.deepEqual(
    lines.filter(([level]) => level === 'info').map(([, message]) => message),
    ['job starts', 'model opened', 'job finished'],
  );
  assert.deepEqual(lines.find(([, message]) => message === 'model opened')![2]!['model'], 'judge');
  await session.close();
  await provider.shutdown();
});
