import { readFileSync, readdirSync } from 'node:fs';

/** Every source file of the package without its tests: its text by its path below `src`. */
export function readSources(): ReadonlyMap<string, string> {
  const names = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    name => name.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(name),
  );
  return new Map(names.map(name => [name, readFileSync(`src/${name}`, 'utf8')]));
}

/** The pages that people read: paths from the root. */
export function readPages(): ReadonlyMap<string, string> {
  const pages = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`);
  return new Map(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pages].map(path => [path, readFileSync(path, 'utf8')]));
}
