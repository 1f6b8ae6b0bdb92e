import { parseFile, type ParsedFile } from './parse-file.js';
import type { ClassDefinition, FunctionDefinition } from './syntax-tree.js';

/** The classes and functions of an archive by their qualified names; files are read when first needed. */
export class CodeLibrary {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #files = new Map<string, ParsedFile>();

  /** @param texts by path below `code/` */
  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  /** `__torch__.torch.nn.modules.linear.Linear`; `undefined` where the archive has no such class. */
  class(qualifiedName: string): ClassDefinition | undefined {
    const { file, name } = split(qualifiedName);
    return this.#file(file)?.classes.get(name);
  }

  /** `__torch__.torch.nn.functional.relu`; `undefined` where the archive has no such function. */
  function(qualifiedName: string): FunctionDefinition | undefined {
    const { file, name } = split(qualifiedName);
    return this.#file(file)?.functions.get(name);
  }

  #file(path: string): ParsedFile | undefined {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const text = this.#texts.get(path);
    if (text === undefined) return undefined;
    const parsed = parseFile(text, path);
    this.#files.set(path, parsed);
    return parsed;
  }
}

function split(qualifiedName: string): { file: string; name: string } {
  const at = qualifiedName.lastIndexOf('.');
  return { file: `${qualifiedName.slice(0, Math.max(at, 0)).replaceAll('.', '/')}.py`, name: qualifiedName.slice(at + 1) };
}
