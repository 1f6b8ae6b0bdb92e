import type { DType } from './dtype.js';
import type { Shape } from './dimension.js';

/** A value of the graph: what a tensor holds at one moment. */
export interface GraphTensor {
  /** The value's name in the graph. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /** The number it holds, where that is known while loading: sizes go through tensors without dimensions in traced code. */
  readonly known?: KnownNumber;
}

/** A number of Python: an integer may have a part for each row of the batch: `value + rows · N`. */
export interface KnownNumber {
  readonly type: 'int' | 'float' | 'bool';
  readonly value: number;
  readonly rows: number;
}

/** How a view shows its base, and how a change of the view changes the base. */
export interface ViewOf {
  readonly base: TensorCell;
  forward(base: GraphTensor): GraphTensor;
  backward(base: GraphTensor, changed: GraphTensor): GraphTensor;
}

/**
 * A tensor of the model's program, which operations in place may change: what it holds is replaced by another value of the graph, in it,
 * in what it is a view of, and in all other views of that.
 */
export class TensorCell {
  readonly kind = 'tensor';
  /** Whether it is a parameter or buffer, which no call may change for the next one. */
  readonly isState: boolean;
  readonly #view: ViewOf | undefined;
  #current: GraphTensor;
  #seen: GraphTensor | undefined;

  constructor(current: GraphTensor, view?: ViewOf, isState = false) {
    this.#current = current;
    this.#view = view;
    this.#seen = view?.base.get();
    this.isState = isState;
  }

  get(): GraphTensor {
    const base = this.#view?.base.get();
    if (this.#view !== undefined && base !== this.#seen) {
      this.#current = this.#view.forward(base!);
      this.#seen = base;
    }
    return this.#current;
  }

  /** The cell at the root of the views that this one goes through. */
  get root(): TensorCell {
    return this.#view?.base.root ?? this;
  }

  set(value: GraphTensor): void {
    if (this.#view !== undefined) {
      this.#view.base.set(this.#view.backward(this.#view.base.get(), value));
      this.#seen = this.#view.base.get();
    }
    this.#current = value;
  }
}
