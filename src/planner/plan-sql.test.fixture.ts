import { Catalog } from '../catalog/catalog.js';
import type { Namespace } from '../catalog/objects.js';
import { MillraceErrors, toMillraceError } from '../common/error.js';
import { parseExpression, parseScript } from '../sql/parser.js';
import type { Insert, QueryStatement, StatementSet } from '../sql/ast/statement.js';
import { bindInsert, bindSelectStatement } from './binder/bind-insert.js';
import { bindModelDefinition } from './binder/bind-model-definition.js';
import { bindTableDefinition, bindViewDefinition } from './binder/bind-table-definition.js';
import type { Binding } from './binder/binding.js';
import { createBinding } from './binder/create-binding.js';
import { Diagnostics } from './binder/diagnostics.js';
import { scopeOf } from './binder/scope.js';
import { createFunctionRegistry } from './functions/function-registry.js';
import type { BoundExpression } from './logical/expression.js';
import { explainLogical } from './logical/explain-logical.js';
import type { LogicalNode, PlanField, PlanRoot } from './logical/node.js';

/** Tables, views and models by their CREATE statements, and the plans of queries over them. */
export class Planner {
  readonly #catalog = new Catalog();
  readonly #functions = createFunctionRegistry();

  constructor(definitions = '') {
    this.define(definitions);
  }

  define(text: string): void {
    const { script, errors } = parseScript(text);
    if (errors[0]) throw errors[0];
    for (const node of script.statements) {
      if (node.kind === 'create-table') this.#catalog.addRelation(bindTableDefinition(node, this.binding()), node.span);
      else if (node.kind === 'create-view') this.#catalog.addRelation(bindViewDefinition(node, this.binding()), node.span);
      else if (node.kind === 'create-model') this.#catalog.addModel(bindModelDefinition(node, this.binding()), node.span);
      else if (node.kind === 'create-namespace') this.#addDatabase(this.#catalog.qualifyDatabase(node.name));
      else throw new Error(`no definition: ${node.kind}`);
    }
  }

  #addDatabase({ catalog, database }: Namespace): void {
    this.#catalog.namespaces.putDatabase({ kind: 'database', catalog, name: database, options: new Map(), comment: undefined });
  }

  binding(): Binding {
    return createBinding({ catalog: this.#catalog, functions: this.#functions, diagnostics: new Diagnostics() });
  }

  /** The plans of one SELECT, INSERT or statement set, as the binder gives them. */
  bind(sql: string): PlanRoot[] {
    const { script, errors } = parseScript(sql);
    if (errors[0]) throw errors[0];
    const [node] = script.statements as readonly [QueryStatement | Insert | StatementSet];
    if (node.kind === 'query-statement') return [bindSelectStatement(node.query, this.binding())];
    return (node.kind === 'insert' ? [node] : node.statements).map(insert => bindInsert(insert, this.binding()));
  }

  /** Code and marked text of every problem of a statement. */
  problems(sql: string): [string, string | undefined][] {
    try {
      this.bind(sql);
    } catch (thrown) {
      const errors = thrown instanceof MillraceErrors ? thrown.errors : [toMillraceError(thrown)];
      return errors.map(({ code, span }) => [code, span && sql.slice(span.start, span.end)]);
    }
    return [];
  }

  /** An expression over columns that are given with their types. */
  expression(sql: string, fields: readonly PlanField[] = []): BoundExpression {
    const binding = this.binding();
    return binding.bindExpression(parseExpression(sql), { binding, scope: scopeOf(fields, 't') });
  }
}

/** The plan below a sink as text, without the indentation that all lines share. */
export function planText(node: LogicalNode): string {
  const root: PlanRoot = { kind: 'Sink', input: node, table: undefined, hints: new Map(), fields: node.fields };
  return explainLogical(root)
    .split('\n')
    .slice(1)
    .map(line => line.slice(2))
    .join('\n');
}

/** Lines without the indentation of the first. */
export function lines(text: string): string {
  const all = text.split('\n').filter(line => line.trim() !== '');
  const indent = all[0]!.length - all[0]!.trimStart().length;
  return all.map(line => line.slice(indent)).join('\n');
}
