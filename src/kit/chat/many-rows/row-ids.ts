import { createHash } from 'node:crypto';

/** Ids have nine digits: three tokens of the encodings that cut numbers into threes. */
const FIRST_ID = 100_000_000;
const ID_COUNT = 900_000_000;

/**
 * The ids under which the rows of one call are sent, all different.
 *
 * They are no positions, so that an answer that was left out or added shifts no other one, and they follow from the
 * call's id alone, so that a retry sends the same bytes. The text of a row cannot name the id of another: it was written
 * before the call had one.
 */
export function rowIds(callId: string, count: number): readonly string[] {
  const ids = new Set<string>();
  for (let draw = 0; ids.size < count; draw++) {
    const digest = createHash('sha256').update(`${callId}/${draw}`).digest();
    ids.add(String(FIRST_ID + (digest.readUIntBE(0, 6) % ID_COUNT)));
  }
  return [...ids];
}
