import type { SavedObject, TrackableObjectGraph } from '../proto/messages.js';
import { damagedBundle } from './damaged-bundle.js';

/** Where a checkpoint has a variable: its key, and the part of it; the empty text is all of it. */
export interface VariableKey {
  readonly key: string;
  readonly slice: string;
}

/** What tells which tensor of the checkpoint a variable is, where the saver's own restore operator does not. */
export interface VariableKeysInit {
  has(key: string): boolean;
  /** The graph of objects in the checkpoint (`_CHECKPOINTABLE_OBJECT_GRAPH`), read when it is needed. */
  readonly trackable: () => TrackableObjectGraph | undefined;
  /** The graph of objects in the SavedModel, whose nodes have the same numbers. */
  readonly objects: readonly SavedObject[];
}

/** The attribute of an object in which its value is saved. */
const VALUE = 'VARIABLE_VALUE';

/**
 * Finds variables in a checkpoint by their names: in TensorFlow 1 the name is the key; in TensorFlow 2 the graph of objects maps
 * full names to keys, or else gives the same number to the variable that the SavedModel describes.
 */
export class VariableKeys {
  readonly #init: VariableKeysInit;
  #byName: ReadonlyMap<string, string> | undefined;

  constructor(init: VariableKeysInit) {
    this.#init = init;
  }

  /** @throws {MillraceError} `MODEL_LOAD` where the checkpoint has no such variable. */
  find(name: string): VariableKey {
    if (this.#init.has(name)) return { key: name, slice: '' };
    this.#byName ??= this.#names();
    const key = this.#byName.get(name);
    if (key === undefined || !this.#init.has(key)) throw damagedBundle(`there is no variable "${name}"`);
    return { key, slice: '' };
  }

  #names(): ReadonlyMap<string, string> {
    const trackable = this.#init.trackable();
    const names = new Map<string, string>();
    if (trackable === undefined) return names;
    for (const [i, { variable }] of this.#init.objects.entries()) {
      const attribute = trackable.nodes[i]?.attributes.find(each => each.name === VALUE);
      if (variable && attribute && variable.name !== '') names.set(variable.name, attribute.checkpoint_key);
    }
    for (const { attributes } of trackable.nodes)
      for (const { name, full_name: fullName, checkpoint_key: key } of attributes)
        if (name === VALUE && fullName !== '') names.set(fullName, key);
    return names;
  }
}
