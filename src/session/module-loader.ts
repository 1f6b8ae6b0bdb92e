import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Loads an ES module by a path or the name of a package; gives its exports. */
export type ModuleLoader = (specifier: string) => Promise<Readonly<Record<string, unknown>>>;

/**
 * Loads modules of the process: paths (`./a.mjs`, `lib/a.mjs`, absolute ones, `file:` addresses) are relative to a folder,
 * everything else is a package that is installed for it. A module is loaded once in a process.
 *
 * @throws what the module throws, or Node's error when it is not there.
 */
export function moduleLoader(baseDirectory: string): ModuleLoader {
  return async specifier => {
    if (specifier.startsWith('file:')) return import(specifier);
    if (isPath(specifier)) return import(pathToFileURL(isAbsolute(specifier) ? specifier : join(baseDirectory, specifier)).href);
    return import(packageEntry(specifier, baseDirectory));
  };
}

/** As in an import, or with the ending of a module. */
function isPath(specifier: string): boolean {
  return isAbsolute(specifier) || /^\.{1,2}\//.test(specifier) || /\.(?:[cm]?js|[cm]?ts)$/.test(specifier);
}

/** Where a package of the folder is; the name itself, to be found beside this package, where it is none that `require` knows. */
function packageEntry(specifier: string, baseDirectory: string): string {
  try {
    return pathToFileURL(createRequire(join(baseDirectory, 'noop.js')).resolve(specifier)).href;
  } catch {
    return specifier;
  }
}
