import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '../common/error.js';
import { secretVariable, type SecretSource } from './placeholders.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Secrets from the environment first, then from `path`: a folder with one file per secret, or a file of `NAME=value`
 * lines with `#` comments.
 */
export function secretSource(environment: Environment, path: string | undefined): SecretSource {
  return {
    variable: name => environment[name],
    secret: name => environment[secretVariable(name)] ?? (path === undefined ? undefined : secretAt(path, name)),
  };
}

function secretAt(path: string, name: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return readFileSync(join(path, name), 'utf8').replace(/\r?\n$/, '');
    const lines = readFileSync(path, 'utf8').split(/\r?\n/);
    const line = lines.find(each => each.includes('=') && !each.startsWith('#') && each.slice(0, each.indexOf('=')).trim() === name);
    return line?.slice(line.indexOf('=') + 1).trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new MillraceError({ code: 'IO', message: `the secrets in "${path}" cannot be read: ${(cause as Error).message}`, cause });
  }
}
