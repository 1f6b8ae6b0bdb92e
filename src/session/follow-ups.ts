import type { MillraceError } from '../common/error.js';
import type { Span } from '../common/span.js';
import type { ErrorCode } from '../common/error-codes.js';
import { definedName } from '../sql/defined-name.js';
import type { Statement } from '../sql/ast/statement.js';

/** What is said of a name that means nothing. */
const UNKNOWN_NAMES: ReadonlySet<ErrorCode> = new Set([
  'UNKNOWN_TABLE',
  'UNKNOWN_MODEL',
  'UNKNOWN_FUNCTION',
  'UNKNOWN_DATABASE',
  'UNKNOWN_CATALOG',
]);

/**
 * Names whose definition failed, so that one mistake is told once: that a table is unknown is no news where its CREATE was wrong.
 *
 * Names are compared by their last part.
 */
export class FollowUps {
  /** By name, whether there is an object of that name, other than the failed definition wanted it. */
  readonly #failed = new Map<string, 'absent' | 'different'>();

  /** Learns from a statement that could not be read. */
  addText(text: string): void {
    const name = definedName(text);
    if (name !== undefined) this.#failed.set(name, /^\s*ALTER\b/i.test(text) ? 'different' : 'absent');
  }

  /** The errors of a statement that do not follow from earlier ones; learns from them. */
  withoutFollowUps(statement: Statement, errors: readonly MillraceError[]): readonly MillraceError[] {
    const uses = errors.length > 0 && this.#failed.size > 0 ? usesOf(statement).filter(({ name }) => this.#failed.has(name)) : [];
    const isOfOther = uses.some(({ name }) => this.#failed.get(name) === 'different');
    const defined = nameDefinedBy(statement);
    if (defined !== undefined) {
      const isTaken = statement.kind === 'alter' || errors.some(({ code }) => code === 'ALREADY_EXISTS');
      if (errors.length > 0) this.#failed.set(defined, isTaken ? 'different' : 'absent');
      else this.#failed.delete(defined);
    }
    if (isOfOther) return [];
    return errors.filter(
      ({ code, span }) => !(UNKNOWN_NAMES.has(code) && uses.some(use => isWithin(use.span, span) || use.span.start === span?.start)),
    );
  }
}

function nameDefinedBy(statement: Statement): string | undefined {
  switch (statement.kind) {
    case 'create-table':
    case 'create-view':
    case 'create-model':
    case 'create-function':
    case 'create-namespace':
    case 'alter':
      return statement.name.parts.at(-1)!.name;
    default:
      return undefined;
  }
}

interface Use {
  readonly name: string;
  readonly span: Span;
}

/** Every name of an object in a statement; a string may be the name of a model. */
function usesOf(statement: Statement): Use[] {
  const uses: Use[] = [];
  for (const open: unknown[] = [statement]; open.length > 0;) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    if (isNode(node, 'object-name')) uses.push(...node.parts.map(part => ({ name: part.name, span: node.span })));
    else if (isNode(node, 'string')) uses.push({ name: node.value, span: node.span });
    else open.push(...Object.values(node));
  }
  return uses;
}

interface NameNodes {
  readonly 'object-name': { readonly parts: readonly { readonly name: string }[]; readonly span: Span };
  readonly string: { readonly value: string; readonly span: Span };
}

function isNode<Kind extends keyof NameNodes>(node: object, kind: Kind): node is NameNodes[Kind] {
  return 'kind' in node && node.kind === kind;
}

function isWithin(outer: Span, inner: Span | undefined): boolean {
  return inner !== undefined && outer.start <= inner.start && inner.end <= outer.end;
}
