/** An expression of TorchScript's code; `line` counts from 1 in the file of the definition that holds it. */
export type Expression =
  | { readonly kind: 'literal'; readonly line: number; readonly value: Literal }
  | { readonly kind: 'name'; readonly line: number; readonly name: string }
  | { readonly kind: 'attribute'; readonly line: number; readonly of: Expression; readonly name: string }
  | { readonly kind: 'subscript'; readonly line: number; readonly of: Expression; readonly index: Expression }
  | {
      readonly kind: 'call';
      readonly line: number;
      readonly callee: Expression;
      readonly positional: readonly Expression[];
      readonly named: readonly NamedArgument[];
    }
  | { readonly kind: 'list' | 'tuple'; readonly line: number; readonly items: readonly Expression[] }
  | { readonly kind: 'dict'; readonly line: number; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'unary'; readonly line: number; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly line: number; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'condition';
      readonly line: number;
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    };

export interface NamedArgument {
  readonly name: string;
  readonly value: Expression;
}

export type Literal =
  | { readonly kind: 'none' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int' | 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

export type Statement =
  | {
      readonly kind: 'assign';
      readonly line: number;
      readonly targets: readonly Expression[];
      readonly unpacks: boolean;
      readonly value: Expression;
    }
  | { readonly kind: 'expression'; readonly line: number; readonly value: Expression }
  | { readonly kind: 'return'; readonly line: number; readonly value: Expression | undefined }
  | {
      readonly kind: 'if';
      readonly line: number;
      readonly test: Expression;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: 'for';
      readonly line: number;
      readonly variable: string;
      readonly over: Expression;
      readonly body: readonly Statement[];
    }
  | { readonly kind: 'while'; readonly line: number; readonly test: Expression; readonly body: readonly Statement[] }
  | { readonly kind: 'pass' | 'break' | 'continue'; readonly line: number };

/** A function or method. */
export interface FunctionDefinition {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly parameters: readonly Parameter[];
  /** Read when first asked for, since most functions of an archive are never called. Throws `MODEL_LOAD` for what is no TorchScript. */
  body(): readonly Statement[];
}

export interface Parameter {
  readonly name: string;
  /** The annotation as written, without spaces: `Optional[Tensor]`; empty without one. */
  readonly type: string;
  readonly byDefault: Expression | undefined;
}

export interface ClassDefinition {
  readonly name: string;
  /** `Module`, `NamedTuple`, `Enum`, or empty for a plain class. */
  readonly base: string;
  readonly file: string;
  /** Annotated attributes in their order. */
  readonly attributes: readonly string[];
  /** `Final` attributes with their value. */
  readonly constants: ReadonlyMap<string, Expression>;
  readonly methods: ReadonlyMap<string, FunctionDefinition>;
}
