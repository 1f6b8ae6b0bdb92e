import type { ModelColumnObject, ModelObject, Options } from '../../catalog/objects.js';
import { resolveType } from '../../catalog/resolve-type.js';
import { MillraceError } from '../../common/error.js';
import { notRun } from '../../common/not-run.js';
import { nearest } from '../../common/nearest.js';
import { CALL_METADATA_TYPES, answerColumns, type CallMetadataKey } from '../../spec/call-metadata.js';
import { FLOAT, STRING, arrayOf, formatType, sameType, type DataType } from '../../spec/data-type.js';
import type { CreateModel, ModelColumn } from '../../sql/ast/ddl.js';
import { bindOptionPairs, checkNames } from './bind-table-definition.js';
import type { Binding } from './binding.js';

/**
 * The model that a CREATE MODEL defines. Options are checked later, when their provider is known to the caller.
 *
 * @throws {MillraceErrors} with every problem of the definition.
 */
export function bindModelDefinition(node: CreateModel, binding: Binding): ModelObject {
  if (node.query) throw notRun('CREATE MODEL … AS', node.query.span);
  if (node.options.length === 0) {
    throw new MillraceError({
      code: 'INVALID_DEFINITION',
      message: 'a model needs options',
      span: node.span,
      notes: [{ message: "write WITH ('provider' = 'openai', …)" }],
    });
  }
  for (const [given, missing, columns] of [
    ['INPUT', 'OUTPUT', node.output],
    ['OUTPUT', 'INPUT', node.input],
  ] as const) {
    const other = given === 'INPUT' ? node.input : node.output;
    if ((other?.length ?? 0) > 0 && (columns?.length ?? 0) === 0) {
      throw new MillraceError({
        code: 'INVALID_DEFINITION',
        message: `a model with ${given} columns needs ${missing} columns`,
        span: node.span,
      });
    }
  }
  const options = bindOptionPairs(node.options);
  const inputs = bindColumns(node.input, 'input', binding) ?? [{ name: 'input', type: STRING, comment: undefined }];
  const outputs = bindColumns(node.output, 'output', binding) ?? [{ name: 'output', type: defaultOutput(options), comment: undefined }];
  if (node.output?.length && answerColumns(outputs).length === 0) {
    binding.diagnostics.add(
      new MillraceError({
        code: 'INVALID_DEFINITION',
        message: 'OUTPUT has only metadata of the call, and no column for the answer',
        span: node.output[0]!.span,
      }),
    );
  }
  binding.diagnostics.check();
  return {
    kind: 'model',
    name: binding.catalog.qualify(node.name),
    temporary: node.temporary,
    inputs,
    outputs,
    options,
    comment: node.comment,
  };
}

/** What a model without OUTPUT gives. */
function defaultOutput(options: Options): DataType {
  return options.get('task') === 'embedding' ? arrayOf(FLOAT) : STRING;
}

function bindColumns(
  columns: readonly ModelColumn[] | undefined,
  noun: 'input' | 'output',
  binding: Binding,
): readonly ModelColumnObject[] | undefined {
  if (columns === undefined || columns.length === 0) return undefined;
  checkNames(
    columns.map(column => column.name),
    `${noun} column`,
    binding,
  );
  return columns.map(column => {
    const type = binding.diagnostics.attempt(column.type.span, () => resolveType(column.type)) ?? STRING;
    const metadata = binding.diagnostics.attempt(column.type.span, () => bindMetadata(column, type));
    return { name: column.name.name, type, metadata, comment: column.comment };
  });
}

/** The fact about the call that a column with METADATA holds, which has a type of its own. */
function bindMetadata({ name, metadata }: ModelColumn, type: DataType): CallMetadataKey | undefined {
  if (!metadata) return undefined;
  const key = metadataKey(metadata);
  const due = CALL_METADATA_TYPES[key];
  if (sameType(type, due)) return key;
  throw new MillraceError({
    code: 'TYPE_MISMATCH',
    message: `the metadata "${key}" of a call is ${formatType(due)}, not ${formatType(type)}`,
    notes: [{ message: `write ${name.name} ${formatType(due)} METADATA FROM '${key}'` }],
  });
}

function metadataKey({ key, span }: NonNullable<ModelColumn['metadata']>): CallMetadataKey {
  if (Object.hasOwn(CALL_METADATA_TYPES, key)) return key as CallMetadataKey;
  const known = Object.keys(CALL_METADATA_TYPES);
  const suggestion = nearest(key, known);
  throw new MillraceError({
    code: 'INVALID_DEFINITION',
    message: `a call has no metadata "${key}"`,
    span,
    notes: [{ message: suggestion ? `did you mean "${suggestion}"?` : `its metadata are ${known.join(', ')}` }],
  });
}
