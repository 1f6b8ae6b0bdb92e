const SQRT_PI = Math.sqrt(Math.PI);
const SQRT_2PI = Math.sqrt(2 * Math.PI);

/** The error function, to about 15 digits: a series of positive terms below 3, a continued fraction from there on. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const magnitude = Math.abs(x);
  const value = magnitude < 3 ? erfSeries(magnitude) : 1 - erfcFraction(magnitude);
  return x < 0 ? -value : value;
}

/** 1 - erf(x), with all digits where it is small. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x >= 1.5) return erfcFraction(x);
  return x < 0 ? 1 + erf(-x) : 1 - erfSeries(x);
}

// erf(x) = 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 3 5 … (2n+1)); Abramowitz and Stegun 7.1.6.
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return (2 / SQRT_PI) * Math.exp(-x * x) * sum;
}

// Lentz's method on the continued fraction of Abramowitz and Stegun 7.1.14.
function erfcFraction(x: number): number {
  if (x > 27.3) return 0;
  const tiny = 1e-300;
  let f = x;
  let c = x;
  let d = 0;
  for (let n = 1; n < 500; n++) {
    const a = n / 2;
    d = x + a * d || tiny;
    d = 1 / d;
    c = x + a / c || tiny;
    const delta = c * d;
    f *= delta;
    if (Math.abs(delta - 1) < 1e-16) break;
  }
  return Math.exp(-x * x) / (SQRT_PI * f);
}

/** The standard normal distribution's cumulative probability. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x / Math.SQRT2);
}

/** The standard normal distribution's density. */
export function normalPdf(x: number): number {
  return Math.exp(-0.5 * x * x) / SQRT_2PI;
}

/** The value below which a standard normal variable is with probability `p`; NaN outside 0 to 1. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  const t = Math.sqrt(-2 * Math.log(tail));
  // Abramowitz and Stegun 26.2.23 is good to 4.5e-4; three steps of Halley's method make it exact.
  let x = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let i = 0; i < 3; i++) {
    const error = (0.5 * erfc(x / Math.SQRT2) - tail) / normalPdf(x);
    x += error / (1 - (x * error) / 2);
  }
  return p < 0.5 ? -x : x;
}
