/** A unit of the double array, by its bits. */
const LEAF = 1 << 8;
const VALUE = 0x7fff_ffff;
const LABEL = 0x8000_00ff;
/** Graphemes of more bytes are replaced character by character. */
const LONGEST_GRAPHEME = 5;

/**
 * The normalization that SentencePiece compiled into a model: replacements of characters and graphemes in a Darts double array.
 *
 * Format: https://github.com/google/sentencepiece/blob/master/src/normalizer.cc, four bytes of the array's length, the array, the
 * replacements with a zero after each. The rules are those of the normalizer `Precompiled` of Hugging Face tokenizers, which
 * takes the shortest key that a grapheme begins with.
 */
export class PrecompiledCharsmap {
  readonly #units: Uint32Array;
  readonly #replacements: Uint8Array;
  readonly #graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
  readonly #utf8 = new TextEncoder();
  readonly #known = new Map<string, string | undefined>();

  /** @throws {RangeError} where the array is longer than the bytes. */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = bytes.length < 4 ? Infinity : view.getUint32(0, true);
    if (length % 4 !== 0 || 4 + length > bytes.length) throw new RangeError('precompiled_charsmap ends before its array does');
    this.#units = Uint32Array.from({ length: length / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.#replacements = bytes.subarray(4 + length);
  }

  normalize(text: string): string {
    let normalized = '';
    for (const { segment } of this.#graphemes.segment(text)) {
      const whole = this.#utf8Length(segment) <= LONGEST_GRAPHEME ? this.#find(segment) : undefined;
      if (whole !== undefined) normalized += whole;
      else for (const character of segment) normalized += this.#find(character) ?? character;
    }
    return normalized;
  }

  #utf8Length(segment: string): number {
    return segment.length > LONGEST_GRAPHEME ? Infinity : this.#utf8.encode(segment).length;
  }

  /** The replacement of what stands at the beginning of the text; `undefined` for none. */
  #find(text: string): string | undefined {
    if (this.#known.has(text)) return this.#known.get(text);
    const found = this.#search(this.#utf8.encode(text));
    // Bounded by the graphemes of at most five bytes that texts hold; emptied before it grows large.
    if (this.#known.size >= 10_000) this.#known.clear();
    this.#known.set(text, found);
    return found;
  }

  #search(key: Uint8Array): string | undefined {
    let node = offsetOf(this.#units[0] ?? 0);
    for (const byte of key) {
      if (byte === 0) return undefined;
      node ^= byte;
      const unit = this.#units[node];
      if (unit === undefined || (unit & LABEL) >>> 0 !== byte) return undefined;
      node ^= offsetOf(unit);
      if ((unit & LEAF) !== 0) return this.#replacement((this.#units[node] ?? VALUE) & VALUE);
    }
    return undefined;
  }

  #replacement(from: number): string | undefined {
    if (from >= this.#replacements.length) return undefined;
    const end = this.#replacements.indexOf(0, from);
    return new TextDecoder().decode(this.#replacements.subarray(from, end < 0 ? undefined : end));
  }
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
}
