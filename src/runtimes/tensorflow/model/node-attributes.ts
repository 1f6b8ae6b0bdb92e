import { toNumber, type AttrValue, type Attributes, type NameAttrList } from '../proto/messages.js';
import { elementOf, readTensorProto, sizesOf, utf8, type Element, type Tensor } from './tensor.js';

/** The attributes of one node; placeholders are those of the call that the node's function is in. */
export class NodeAttributes {
  readonly #own: Attributes;
  readonly #outer: NodeAttributes | undefined;

  constructor(own: Attributes, outer?: NodeAttributes) {
    this.#own = own;
    this.#outer = outer;
  }

  int(name: string, otherwise: number): number {
    const value = this.#get(name)?.i;
    return value === undefined || value === null ? otherwise : toNumber(value);
  }

  float(name: string, otherwise: number): number {
    return this.#get(name)?.f ?? otherwise;
  }

  bool(name: string, otherwise: boolean): boolean {
    return this.#get(name)?.b ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    const value = this.#get(name)?.s;
    return value === undefined || value === null ? otherwise : utf8(value);
  }

  texts(name: string): readonly string[] {
    return (this.#get(name)?.list?.s ?? []).map(utf8);
  }

  ints(name: string): readonly number[] {
    return (this.#get(name)?.list?.i ?? []).map(toNumber);
  }

  floats(name: string): readonly number[] {
    return this.#get(name)?.list?.f ?? [];
  }

  /** Undefined where the type has no values here, such as a resource. */
  element(name: string, otherwise?: Element): Element | undefined {
    const type = this.#get(name)?.type;
    return type === undefined || type === null ? otherwise : elementOf(type);
  }

  elements(name: string): readonly (Element | undefined)[] {
    return (this.#get(name)?.list?.type ?? []).map(elementOf);
  }

  /** -1 for sizes that are not known; undefined where the rank is not. */
  shape(name: string): readonly number[] | undefined {
    return sizesOf(this.#get(name)?.shape);
  }

  shapes(name: string): readonly (readonly number[] | undefined)[] {
    return (this.#get(name)?.list?.shape ?? []).map(sizesOf);
  }

  tensor(name: string): Tensor | undefined {
    const proto = this.#get(name)?.tensor;
    return proto === undefined || proto === null ? undefined : readTensorProto(proto);
  }

  function(name: string): NameAttrList | undefined {
    return this.#get(name)?.func ?? undefined;
  }

  #get(name: string): AttrValue | undefined {
    const value = Object.hasOwn(this.#own, name) ? this.#own[name] : undefined;
    const placeholder = value?.placeholder;
    return placeholder === undefined || placeholder === null || placeholder === ''
      ? value
      : this.#outer === undefined
        ? undefined
        : this.#outer.#get(placeholder);
  }
}
