import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { foldExpression } from '../../../planner/rules/fold-expression.js';
import type { BoundExpression } from '../../../planner/logical/expression.js';
import { formatExpression } from '../../../planner/logical/format-expression.js';
import { batchOfRows, valueAt } from '../../../spec/batch.js';
import { formatType } from '../../../spec/data-type.js';
import { arbitraryRows } from '../../../testing/arbitrary-value.test.fixture.js';
import { ENVIRONMENT } from './build-expression.test.fixture.js';
import { compileColumns } from './compile-calc.js';
import { EXPRESSION, FIELDS, outcome } from './random-expression.test.fixture.js';

const NAMES = FIELDS.map(field => field.name);

test('property: a folded expression gives the same value or the same error in every row', () => {
  let changed = 0;
  fc.assert(
    fc.property(EXPRESSION, arbitraryRows(FIELDS), (expression, rows) => {
      const folded = foldExpression(expression);
      if (formatExpression(folded, NAMES) !== formatExpression(expression, NAMES)) changed++;
      assert.equal(formatType(folded.type), formatType(expression.type));
      assert.deepEqual(foldExpression(folded), folded);
      const batch = batchOfRows(FIELDS, rows);
      const results = (each: BoundExpression): unknown[] => {
        const compute = compileColumns([each], FIELDS, ENVIRONMENT);
        return rows.map((_, i) => outcome(() => valueAt(compute(batch, Int32Array.of(i), 1)[0]!, 0)));
      };
      assert.deepEqual(results(folded), results(expression));
    }),
    { numRuns: 1_000 },
  );
  assert.ok(changed > 100, `only ${changed} expressions had constant parts`);
});
