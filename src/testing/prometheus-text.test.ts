import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPrometheusText } from './prometheus-text.js';

const TEXT = `# HELP rows_total Rows.
# UNIT rows_total {row}
# TYPE rows_total counter
rows_total{job="a",name="say \\"hi\\"\\n\\\\"} 3
rows_total{job="b"} 4.5e3 1700000000
# TYPE wait histogram
wait_count{job="a"} 3
wait_sum{job="a"} 0.25
wait_bucket{job="a",le="0.1"} 2
wait_bucket{job="a",le="+Inf"} 3

up 1
`;

test('samples, labels and types are read', () => {
  const scrape = readPrometheusText(TEXT);
  assert.deepEqual(scrape.samples[0], { name: 'rows_total', labels: { job: 'a', name: 'say "hi"\n\\' }, value: 3 });
  assert.equal(scrape.sum('rows_total'), 4_503);
  assert.equal(scrape.sum('rows_total', { job: 'b' }), 4_500);
  assert.equal(scrape.sum('rows_total', { job: 'c' }), undefined);
  assert.deepEqual(
    [...scrape.types],
    [
      ['rows_total', 'counter'],
      ['wait', 'histogram'],
    ],
  );
});

for (const [problem, text] of Object.entries({
  'no sample': 'rows-total 3',
  'malformed labels': 'rows{job=a} 3',
  '"many" is no number': 'rows many',
  '"sum" is no type': '# TYPE rows sum',
  'a second TYPE': '# TYPE rows counter\n# TYPE rows counter',
  'stand apart': 'a 1\nb 1\na{x="y"} 1',
  'a sample twice': 'a{x="y",z="1"} 1\na{z="1",x="y"} 2',
  'buckets of "w" fall': '# TYPE w histogram\nw_count 1\nw_bucket{le="1"} 2\nw_bucket{le="+Inf"} 1',
  'do not add up': '# TYPE w histogram\nw_count 3\nw_bucket{le="1"} 1\nw_bucket{le="+Inf"} 2',
})) {
  test(`refused: ${problem}`, () => {
    assert.throws(
      () => readPrometheusText(text),
      ({ code, message }) => code === 'MALFORMED_RECORD' && message.includes(problem),
    );
  });
}
