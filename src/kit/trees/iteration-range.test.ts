import assert from 'node:assert/strict';
import { test } from 'node:test';
import { iterationRange } from './iteration-range.js';

test('two whole numbers, in brackets or not', () => {
  assert.deepEqual(iterationRange.parse('0,100'), { begin: 0, end: 100 });
  assert.deepEqual(iterationRange.parse(' ( 5 , 0 ) '), { begin: 5, end: 0 });
  assert.equal(iterationRange.parse(undefined), undefined);
  for (const wrong of ['', '5', '1,2,3', '-1,2', '1.5,2', 'a,b', '1,99999999999']) {
    assert.match(iterationRange.safeParse(wrong).error!.message, /expected two whole numbers such as/, wrong);
  }
});
