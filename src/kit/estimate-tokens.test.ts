import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { batchOfRows } from '../spec/batch.js';
import { STRING } from '../spec/data-type.js';
import { estimateRowTokens } from './estimate-row-tokens.js';
import { estimateTokens } from './estimate-tokens.js';
import { createPrompt } from './prompt.js';

/** One text of each kind; the estimate was fitted to other ones. */
const TEXTS: Readonly<Record<string, string>> = {
  English:
    'We stayed four nights in a corner room on the sixth floor. Breakfast was plentiful, the staff remembered our names, and the pool was never crowded. On the other hand, the lifts broke down twice, somebody had parked in our space, and nobody at the desk could tell us when the last tram leaves for the airport. For the money we would still come back.',
  German:
    'Wir haben vier Nächte in einem Eckzimmer im sechsten Stock verbracht. Das Frühstück war reichhaltig, die Mitarbeiter kannten unsere Namen, und das Schwimmbad war nie überfüllt. Allerdings fielen die Aufzüge zweimal aus, jemand hatte auf unserem Stellplatz geparkt, und an der Rezeption wusste niemand, wann die letzte Straßenbahn zum Flughafen fährt.',
  Chinese:
    '我们在六楼的一间转角客房住了四个晚上。早餐很丰盛,工作人员记得我们的名字,游泳池也从来不拥挤。不过电梯坏了两次,有人占了我们的停车位,前台也没有人能告诉我们去机场的末班电车几点发车。就这个价格来说,我们还是会再来的。',
  Japanese:
    '六階の角部屋に四泊しました。朝食は品数が多く、スタッフは私たちの名前を覚えていてくれましたし、プールが混んでいることは一度もありませんでした。ただ、エレベーターが二回止まり、私たちの駐車場所には別の車が止まっていて、空港行きの最終電車の時間を知っている人はフロントにいませんでした。',
  code: `function firstAtLeast(values: Uint32Array, bound: number, start: number): number {
  let at = start;
  while (at < values.length && values[at]! < bound) at++;
  return at;
}

for (const [name, rows] of grouped.entries()) {
  if (rows.length === 0) continue;
  console.log(\`\${name}: \${rows.map(row => row.total.toFixed(2)).join(', ')}\`);
}
`,
  JSON: '{"booking":"K-55071","hotel":{"city":"Lisboa","stars":4,"rooms":[{"floor":6,"type":"corner","nightly":118.5},{"floor":2,"type":"twin","nightly":94.0}]},"guests":[{"name":"Ana Sousa","age":41},{"name":"Rui Sousa","age":39}],"paid":false,"arrival":"2026-05-02T15:00:00Z","notes":null}',
  numbers:
    '20260502, 118.50, 94.00, 0.1875, 55071, 3.6e-4, 771, 12, 9008, 64.25, 1500000, 41, 39, 7.5, 2048, 16:45:00, 2026-05-06, -273.15',
  emoji: 'Room 🛏️ 10/10 😍 breakfast 🥐☕🍳 yes!! pool 🏊‍♀️💦👌 lift 🛗❌❌ parking 🚗😤 tram 🚋🤷 back again? 👍🏼🙏✨',
};

function errorOf(text: string): number {
  return estimateTokens(text) / encode(text).length - 1;
}

test('the estimate is within a quarter for every kind of text, and within a tenth over all of them', () => {
  for (const [kind, text] of Object.entries(TEXTS)) {
    const error = errorOf(text);
    assert.ok(Math.abs(error) < 0.25, `${kind}: ${(error * 100).toFixed(0)} %`);
  }
  const all = errorOf(Object.values(TEXTS).join('\n\n'));
  assert.ok(Math.abs(all) < 0.1, `all: ${(all * 100).toFixed(0)} %`);
});

test('the estimate grows with the text, in time proportional to its length', () => {
  assert.equal(estimateTokens(''), 0);
  assert.equal(estimateTokens('word'), 1);
  const one = estimateTokens(TEXTS['English']!);
  assert.ok(Math.abs(estimateTokens(TEXTS['English']!.repeat(100)) / one - 100) < 2);
  for (const text of ['a'.repeat(100_000), '\u{1f600}'.repeat(50_000), '{'.repeat(100_000)]) assert.ok(estimateTokens(text) > 10_000);
});

test('a row costs its message, a call its static text, and a NULL that is not sent costs nothing', () => {
  const inputs = [{ name: 'text', type: STRING }];
  const prompt = createPrompt({ inputs });
  const staticText = 'Sort the ticket into one of the categories.';
  const tokens = estimateRowTokens({ prompt, staticText, outputOfRow: 50, maxOfCall: 8_000 });
  const batch = batchOfRows(inputs, [[TEXTS['English']!], [null], ['ok']]);
  const frame = tokens.ofCall - estimateTokens(staticText);
  assert.ok(frame > 0);
  assert.equal(tokens.ofRow(batch, 0), frame + estimateTokens(TEXTS['English']!));
  assert.equal(tokens.ofRow(batch, 1), 0);
  assert.ok(tokens.ofRow(batch, 2) > 0);
  assert.deepEqual([tokens.outputOfRow, tokens.maxOfCall], [50, 8_000]);
});
