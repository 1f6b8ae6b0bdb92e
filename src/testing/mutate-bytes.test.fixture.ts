/** One of many ways in which a file can be damaged, chosen by `random`: cut off, flipped, overwritten, doubled, spliced. */
export function mutateBytes(bytes: Uint8Array, random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit);
  const copy = Uint8Array.from(bytes);
  switch (below(7)) {
    case 0:
      return copy.subarray(0, below(copy.length));
    case 1: {
      for (let i = 0, flips = 1 + below(8); i < flips; i++) copy[below(copy.length)]! ^= 1 << below(8);
      return copy;
    }
    case 2: {
      // Lengths and numbers of 4 and 8 bytes at their limits, in both orders.
      const extremes = [0x00, 0x01, 0x7f, 0x80, 0xff];
      const at = below(copy.length);
      copy.fill(extremes[below(extremes.length)]!, at, at + (below(2) === 0 ? 4 : 8));
      return copy;
    }
    case 3: {
      const at = below(copy.length);
      const end = Math.min(copy.length, at + 1 + below(256));
      return Uint8Array.from([...copy.subarray(0, end), ...copy.subarray(at, end), ...copy.subarray(end)]);
    }
    case 4: {
      const at = below(copy.length);
      const end = Math.min(copy.length, at + 1 + below(256));
      return Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(end)]);
    }
    case 5: {
      const from = below(copy.length);
      copy.copyWithin(below(copy.length), from, Math.min(copy.length, from + 1 + below(128)));
      return copy;
    }
    default: {
      // Digits become other digits, which changes the numbers of a text and leaves its form.
      for (let i = 0; i < 4; i++) {
        let at = below(copy.length);
        while (at < copy.length && !(copy[at]! >= 0x30 && copy[at]! <= 0x39)) at++;
        if (at < copy.length) copy[at] = 0x30 + below(10);
      }
      return copy;
    }
  }
}
