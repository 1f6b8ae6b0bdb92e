// One job; prints its resident memory by rows done.
import { ask, questions } from './ask.mjs';

const [url, rowCount, ordered] = process.argv.slice(2);
const rows = Number(rowCount);
let answered = 0;
const samples = [];
const sampler = setInterval(() => samples.push({ done: answered, mib: process.memoryUsage.rss() / 2 ** 20 }), 250);

const { seconds } = await ask({
  url,
  prompts: questions(rows),
  options: { 'ordered-output': ordered, 'max-concurrent-requests': 100, temperature: 1 },
  onAnswer(id, answer) {
    if (answer === `answer to question ${id}`) answered++;
  },
});
clearInterval(sampler);
console.log(JSON.stringify({ samples, answered, seconds }));
