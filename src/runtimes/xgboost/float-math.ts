/*
 * Functions of XGBoost's C++ in single precision: each step is rounded as it is there. `exp`, `log` and their kin are those of
 * double precision, rounded; the C library's own for floats differ from them in the last bit now and then.
 */

const f = Math.fround;

export function exp(x: number): number {
  return f(Math.exp(x));
}

export function log(x: number): number {
  return f(Math.log(x));
}

/** `common::Sigmoid`: `exp` of more would overflow. */
export function sigmoid(x: number): number {
  return f(1 / f(exp(Math.min(-x, f(88.7))) + 1));
}

/** `common::SoftPlus`. */
export function softPlus(x: number): number {
  return x > 0 ? f(x + f(Math.log1p(exp(-x)))) : f(Math.log1p(exp(x)));
}

/** `common::SoftPlusInv`. */
export function softPlusInverse(x: number): number {
  const bounded = Math.max(x, STEP);
  return f(bounded + log(-f(Math.expm1(-bounded))));
}

/** `kRtEps`: by how much an expectile is at least above the one before. */
export const STEP = f(1e-6);
