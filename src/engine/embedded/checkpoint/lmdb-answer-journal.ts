import { MillraceError } from '../../../common/error.js';
import type { AnswerJournal, JournaledAnswer, JournaledCall } from '../../../spec/answer-journal.js';
import type { GroupCommit, StateDatabase } from './group-commit.js';

/** Entries stand below this key, then the call site, then a number that grows with each call that begins. */
const ENTRIES = 'journal';

type EntryKey = readonly [entries: typeof ENTRIES, callSite: string, place: number];

export interface LmdbJournalOptions {
  readonly database: StateDatabase;
  readonly commits: GroupCommit;
  /** Of the database, for messages. */
  readonly path: string;
  readonly callSite: string;
}

/**
 * The journal of a call site in the state database. An entry has a place, by which it is found; which call is at which place
 * is kept in memory, answers are not.
 *
 * @throws {MillraceError} `IO` for entries that cannot be read.
 */
export function openLmdbAnswerJournal(options: LmdbJournalOptions): AnswerJournal {
  return new LmdbAnswerJournal(options);
}

/** The keys of the entries of all call sites. */
export function journalKeys(database: StateDatabase): EntryKey[] {
  return [...database.getKeys({ start: [ENTRIES], end: [ENTRIES, '\uffff'] })] as unknown as EntryKey[];
}

class LmdbAnswerJournal implements AnswerJournal {
  readonly #options: LmdbJournalOptions;
  /** Where the entry of each call is that is not forgotten. */
  readonly #places = new Map<string, number>();
  /** Places of calls that an earlier run left and nobody has taken, oldest first, by key. */
  readonly #left = new Map<string, number[]>();
  #nextPlace = 1;

  constructor(options: LmdbJournalOptions) {
    this.#options = options;
    const { database, callSite } = options;
    for (const { key: entryKey, value } of database.getRange({ start: [ENTRIES, callSite, 0], end: [ENTRIES, callSite, Infinity] })) {
      const place = (entryKey as unknown as EntryKey)[2];
      const { key, callId } = this.#decode(value);
      this.#places.set(nameOf(key, callId), place);
      const places = this.#left.get(key);
      if (places) places.push(place);
      else this.#left.set(key, [place]);
      this.#nextPlace = place + 1;
    }
  }

  take(key: string): JournaledCall | undefined {
    const places = this.#left.get(key);
    for (let place = places?.shift(); place !== undefined; place = places!.shift()) {
      if (places!.length === 0) this.#left.delete(key);
      const value = this.#options.database.get(this.#entryKey(place));
      if (!value) continue;
      const { callId, answer } = this.#decode(value);
      // The entry of a call that is forgotten can still be there.
      if (this.#places.get(nameOf(key, callId)) === place) return { callId, answer };
    }
    return undefined;
  }

  began(key: string, callId: string): Promise<void> {
    return this.#write(key, callId, undefined);
  }

  ended(key: string, callId: string, answer: JournaledAnswer): Promise<void> {
    return this.#write(key, callId, answer);
  }

  forget(calls: readonly { readonly key: string; readonly callId: string }[]): void {
    const keys = calls.flatMap(({ key, callId }) => {
      const name = nameOf(key, callId);
      const place = this.#places.get(name);
      this.#places.delete(name);
      return place === undefined ? [] : [this.#entryKey(place)];
    });
    this.#options.commits.writeLazily(keys.map(key => ({ key })));
  }

  #write(key: string, callId: string, answer: JournaledAnswer | undefined): Promise<void> {
    const name = nameOf(key, callId);
    const place = this.#places.get(name) ?? this.#nextPlace++;
    this.#places.set(name, place);
    return this.#options.commits.write([{ key: this.#entryKey(place), value: encodeEntry({ key, callId, answer }) }]);
  }

  #entryKey(place: number): (string | number)[] {
    return [ENTRIES, this.#options.callSite, place];
  }

  #decode(bytes: Uint8Array): Entry {
    const entry = decodeEntry(bytes);
    if (entry) return entry;
    throw new MillraceError({
      code: 'IO',
      message: `the journal in "${this.#options.path}" cannot be read`,
      notes: [{ message: 'delete the folder to start over; calls that it held the answers of are made again' }],
    });
  }
}

function nameOf(key: string, callId: string): string {
  return `${key} ${callId}`;
}

interface Entry extends JournaledCall {
  readonly key: string;
}

/** Bytes before the texts: their lengths, and whether an answer follows. */
const HEAD_BYTES = 3;

/** Layout: length of the key, length of the id, 1 for an answer or 0, key, id, answer. */
function encodeEntry({ key, callId, answer }: Entry): Uint8Array {
  const texts = Buffer.from(key + callId, 'latin1');
  const head = [key.length, callId.length, answer === undefined ? 0 : 1];
  return Buffer.concat([Uint8Array.from(head), texts, answer ?? new Uint8Array(0)]);
}

function decodeEntry(bytes: Uint8Array): Entry | undefined {
  const [keyLength, idLength, isAnswered] = bytes;
  if (keyLength === undefined || idLength === undefined || isAnswered === undefined || isAnswered > 1) return undefined;
  const textsEnd = HEAD_BYTES + keyLength + idLength;
  if (textsEnd > bytes.length || (isAnswered === 0 && textsEnd < bytes.length)) return undefined;
  const texts = Buffer.from(bytes.subarray(HEAD_BYTES, textsEnd)).toString('latin1');
  return { key: texts.slice(0, keyLength), callId: texts.slice(keyLength), answer: isAnswered ? bytes.slice(textsEnd) : undefined };
}
