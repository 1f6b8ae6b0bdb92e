import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { DocumentRun } from './docs/document-run.js';
import { readBlocks, type Block } from './docs/read-blocks.js';

const DOCUMENTS = [
  'README.md',
  ...readdirSync('docs/guide').map(name => `docs/guide/${name}`),
  'scripts/reference/error-examples.md',
].filter(existsSync);
/** `UPDATE_DOCS=1` writes what is printed into the documents, for a look at the difference before a commit. */
const MODE = process.env['UPDATE_DOCS'] === '1' ? 'update' : 'check';

for (const document of DOCUMENTS) {
  test(`${document}: every example runs and prints what stands below it`, { timeout: 240_000 }, async context => {
    const text = readFileSync(document, 'utf8');
    const blocks = readBlocks(text);
    const updates = new Map<Block, string>();
    const run = new DocumentRun();
    try {
      for (const [i, block] of blocks.entries()) {
        await context.test(`${document}:${block.line} ${block.language}`, async () => {
          if (!isOutput(block, blocks[i - 1])) {
            await run.run(block, blocks[i + 1], MODE);
            return;
          }
          const printed = run.printed(block);
          const [found, expected] = [printed, block.text].map(each => withoutTimes(each, block));
          if (MODE === 'check') assert.equal(found, expected);
          else if (found !== expected) updates.set(block, printed);
        });
      }
    } finally {
      await run.close();
    }
    if (updates.size > 0) writeFileSync(document, updated(text, updates));
  });
}

/** A text block right behind one that runs. */
function isOutput({ language, isAdjacent }: Block, before: Block | undefined): boolean {
  return language === 'text' && isAdjacent && ['sql', 'sh', 'text'].includes(before?.language ?? '');
}

function withoutTimes(text: string, { words }: Block): string {
  return words.includes('stderr') ? text.replaceAll(/\d[\d,.]* (?:ms|s|rows\/s)\b/g, '…') : text;
}

/** Blocks are replaced from the last to the first, so that the lines of the others stay where they are. */
function updated(text: string, updates: ReadonlyMap<Block, string>): string {
  const lines = text.split('\n');
  for (const [block, printed] of [...updates].toReversed())
    lines.splice(block.line, block.text === '' ? 0 : block.text.split('\n').length, ...printed.split('\n'));
  return lines.join('\n');
}

const READMES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('README.md'))
  .map(name => `src/${name}`);

for (const readme of READMES) {
  test(`${readme}: its examples are accepted by millrace check`, () => {
    for (const { language, text, line } of readBlocks(readFileSync(readme, 'utf8'))) {
      if (language !== 'sql') continue;
      const { status, stderr } = spawnSync(process.execPath, ['dist/cli/main.js', 'check', '-e', text], { encoding: 'utf8' });
      assert.equal(status, 0, `${readme}:${line}\n${stderr}`);
    }
  });
}
