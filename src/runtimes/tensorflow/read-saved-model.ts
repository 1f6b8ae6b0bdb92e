import type protobuf from 'protobufjs';
import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { TensorBundle } from './bundle/tensor-bundle.js';
import { VariableKeys } from './bundle/variable-keys.js';
import type { MetaGraphDef, SavedModel, SignatureDef, TrackableObjectGraph } from './proto/messages.js';
import { savedModelSchema } from './proto/saved-model-schema.js';
import { parseTextFormat } from './proto/text-format.js';
import type { SavedModelFolder } from './saved-model-folder.js';
import { utf8 } from './model/tensor.js';

/** The key of the checkpoint's own description of its objects. */
const OBJECT_GRAPH = '_CHECKPOINTABLE_OBJECT_GRAPH';
/** What initializes a model rather than predict with it. */
const INITIALIZER = '__saved_model_init_op';

/** One graph of a SavedModel, with one of its signatures. */
export interface OpenedGraph {
  readonly graph: MetaGraphDef;
  readonly signature: SignatureDef;
  readonly name: string;
  readonly bundle: TensorBundle | undefined;
  readonly keys: VariableKeys;
  /** Operators to run when a model is loaded, in order. */
  readonly targets: readonly string[];
}

/**
 * @param choice the signature, and the tags of the graph.
 * @throws {MillraceError} `MODEL_LOAD`, and `INVALID_OPTION` for a signature or tags that the model does not have.
 */
export function readSavedModel(
  folder: SavedModelFolder,
  choice: { readonly signature: string; readonly tags: readonly string[] },
): OpenedGraph {
  const schema = savedModelSchema();
  const graph = graphWith(decode(folder, schema), choice.tags);
  const bundle = folder.index && new TensorBundle(folder.index, schema, folder.shards);
  const keys = new VariableKeys({
    has: key => bundle?.has(key) === true,
    trackable: () => (bundle?.has(OBJECT_GRAPH) ? objectGraph(bundle, schema) : undefined),
    objects: graph.object_graph_def?.nodes ?? [],
  });
  return { graph, signature: signatureOf(graph, choice.signature), name: choice.signature, bundle, keys, targets: targetsOf(graph) };
}

function decode({ graph: { form, bytes }, path }: SavedModelFolder, schema: protobuf.Root): SavedModel {
  const type = schema.lookupType('SavedModel');
  try {
    const model = (form === 'binary' ? type.decode(bytes) : parseTextFormat(type, utf8(bytes))) as unknown as SavedModel;
    if (model.meta_graphs.length === 0) throw new Error('it has no graph');
    return model;
  } catch (cause) {
    if (MillraceError.is(cause)) throw cause;
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `"${path}" is no SavedModel of TensorFlow: ${(cause as Error).message.slice(0, 200)}`,
      notes: [{ message: 'export the model again with model.export(…) or tf.saved_model.save(…), and copy the whole folder' }],
      cause,
    });
  }
}

function graphWith({ meta_graphs: graphs }: SavedModel, tags: readonly string[]): MetaGraphDef {
  const wanted = tags.toSorted().join();
  const tagsOf = (graph: MetaGraphDef): string => [...(graph.meta_info_def?.tags ?? [])].toSorted().join();
  const found = graphs.find(graph => tagsOf(graph) === wanted);
  if (found) return found;
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `the SavedModel has no graph with the tags "${tags.join(',')}"`,
    notes: [{ message: `option "tags" may be ${graphs.map(graph => `'${tagsOf(graph)}'`).join(' or ')}` }],
  });
}

function signatureOf({ signature_def: signatures }: MetaGraphDef, name: string): SignatureDef {
  if (Object.hasOwn(signatures, name) && name !== INITIALIZER) return signatures[name]!;
  const names = Object.keys(signatures)
    .filter(each => each !== INITIALIZER)
    .toSorted();
  const meant = nearest(name, names);
  throw new MillraceError({
    code: names.length === 0 ? 'MODEL_LOAD' : 'INVALID_OPTION',
    message: `the SavedModel has no signature "${name}"`,
    notes:
      names.length === 0
        ? [
            {
              message:
                'it was saved without signatures: save it with tf.saved_model.save(model, path, signatures=…), or model.export(path) in Keras',
            },
          ]
        : [
            ...(meant ? [{ message: `did you mean "${meant}"?` }] : []),
            { message: `option "signature" may be ${names.map(each => `'${each}'`).join(', ')}` },
          ],
  });
}

/** The saver's restore operator, then the initializer, wherever this version of TensorFlow names it. */
function targetsOf(graph: MetaGraphDef): string[] {
  const listed = ['saved_model_main_op', 'legacy_init_op', 'table_initializer'].flatMap(key =>
    Object.hasOwn(graph.collection_def, key) ? (graph.collection_def[key]!.node_list?.value ?? []) : [],
  );
  const initializer = Object.hasOwn(graph.signature_def, INITIALIZER)
    ? graph.signature_def[INITIALIZER]!.outputs[INITIALIZER]?.name
    : undefined;
  const names = [graph.saver_def?.restore_op_name, initializer, ...listed];
  return [...new Set(names.filter(name => name !== undefined && name !== '') as string[])].map(name => name.replace(/:\d+$/, ''));
}

function objectGraph(bundle: TensorBundle, schema: protobuf.Root): TrackableObjectGraph | undefined {
  const bytes = bundle.readBytes(OBJECT_GRAPH);
  try {
    return schema.lookupType('TrackableObjectGraph').decode(bytes) as unknown as TrackableObjectGraph;
  } catch {
    // Without it the names of variables decide.
    return undefined;
  }
}
