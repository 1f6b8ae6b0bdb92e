import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readSources } from './read-sources.js';

const ARCHITECTURE = readFileSync('docs/ARCHITECTURE.md', 'utf8');

test('every file and folder that the architecture document names is there', () => {
  const names = Array.from(ARCHITECTURE.matchAll(/`([\w.-]+(?:\/[\w.*<>{},-]+)*(?:\.(?:ts|mjs|md|json|slt)|\/))`/g), ([, name]) => name!);
  assert.ok(names.length > 50, String(names.length));
  for (const name of names.filter(each => !/[<*{]/.test(each))) assert.ok(existsSync(name) || existsSync(`src/${name}`), name);
});

test('the import table is that of the layer check', () => {
  const script = readFileSync('scripts/check-layers.mjs', 'utf8');
  const inScript = Array.from(/MAY_IMPORT = \{([\s\S]*?)\n\};/.exec(script)![1]!.matchAll(/(\w+): \[(.*)\]/g), ([, folder, list]) => [
    folder,
    list!.replaceAll("'", ''),
  ]);
  const inDocument = Array.from(ARCHITECTURE.matchAll(/^\| `(\w+)` \| (.*?) \| .* \|$/gm), ([, folder, list]) => [
    folder,
    list!.replaceAll('`', '').replace('nothing', ''),
  ]);
  assert.deepEqual(inDocument, inScript);
});

test('the architecture document is short', () => {
  assert.ok(ARCHITECTURE.split(/\s+/).length < 4_750);
});

test('every word of the glossary is a word of the code', () => {
  const code = [...readSources().values()].join('\n').toLowerCase();
  const words = Array.from(readFileSync('docs/glossary.md', 'utf8').matchAll(/^\| ([^|]+) \|/gm), ([, cell]) => cell!).slice(2);
  assert.ok(words.length > 20);
  for (const word of words.flatMap(cell => cell.split(', '))) {
    const forms = [word, word.replaceAll(' ', '-'), word.replaceAll(' ', '')].map(form => form.toLowerCase().replaceAll('`', ''));
    assert.ok(
      forms.some(form => code.includes(form)),
      word,
    );
  }
});
