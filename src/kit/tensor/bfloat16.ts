/** The double of bfloat16 bits, which are the upper half of a 32-bit float; exact. */
export function bfloat16ToDouble(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}

/** Bits of a fraction, and the exponent of the smallest normal number. */
const FRACTION_BITS = 7;
const MIN_EXPONENT = -126;

/** The bfloat16 bits nearest to a double, ties to even; what is too large becomes an infinity. */
export function doubleToBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const exponent = ((view.getUint16(0) >> 4) & 0x7ff) - 1_023;
  // Rounded from the double itself: by way of a 32-bit float, a value near the middle would be rounded twice.
  const unit = 2 ** (Math.max(Math.min(exponent, 127), MIN_EXPONENT) - FRACTION_BITS);
  const rounded = Number.isFinite(value) ? Math.sign(value) * roundToEven(Math.abs(value) / unit) * unit : value;
  // What is beyond the largest float becomes an infinity here; everything else is exact.
  view.setFloat32(0, rounded);
  return view.getUint16(0);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
