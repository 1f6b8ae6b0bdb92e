import { open, type FileHandle } from 'node:fs/promises';
import { MillraceError } from '../../common/error.js';

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 10;

export interface Addition {
  readonly target: string;
  readonly added: string;
  /** Length of the target before: where the added rows start. */
  readonly at: number;
  /** Bytes at the start of the added file that only the first rows of a target need. */
  readonly headerBytes: number;
}

/**
 * Copies one file behind another and makes that durable; goes on where an earlier copy of the same stopped.
 *
 * After a failure the target is as long as before.
 *
 * @throws {MillraceError} `IO` when what stands behind `at` does not come from the added file.
 */
export async function addFile({ target, added, at, headerBytes }: Addition): Promise<void> {
  const [into, from] = await openBoth(target, added);
  try {
    const content = await contentOf({ into, from, at, headerBytes });
    const { size } = await into.stat();
    const present = Math.min(size - at, content.length);
    if (present < 0 || !(await startsAlike({ into, at, content, length: present }))) throw changedByOthers(target);
    await copyRest({ target, into, at, content, done: present });
    await into.sync();
  } finally {
    await into.close();
    await from.close();
  }
}

async function openBoth(target: string, added: string): Promise<[into: FileHandle, from: FileHandle]> {
  const into = await open(target, 'r+');
  try {
    return [into, await open(added, 'r')];
  } catch (error) {
    await into.close();
    throw error;
  }
}

/** The bytes to add. */
interface Content {
  readonly length: number;
  /** Reads from `offset` on into `room`; gives the part of `room` that was filled. */
  read(offset: number, room: Buffer): Promise<Buffer>;
}

/** The added file, without its header where there are rows already, and on a line of its own. */
async function contentOf({
  into,
  from,
  at,
  headerBytes,
}: {
  readonly into: FileHandle;
  readonly from: FileHandle;
  readonly at: number;
  readonly headerBytes: number;
}): Promise<Content> {
  const { size } = await from.stat();
  const skipped = at === 0 ? 0 : headerBytes;
  const newlines = at > 0 && !(await endsLine(into, at)) ? 1 : 0;
  return {
    length: newlines + size - skipped,
    async read(offset, room) {
      if (offset < newlines) {
        room[0] = NEWLINE;
        return room.subarray(0, 1);
      }
      const { bytesRead } = await from.read(room, 0, room.length, offset - newlines + skipped);
      return room.subarray(0, bytesRead);
    },
  };
}

async function endsLine(file: FileHandle, at: number): Promise<boolean> {
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, at - 1);
  return last[0] === NEWLINE;
}

/** Whether the target has the first `length` bytes of the content behind `at`. */
async function startsAlike({
  into,
  at,
  content,
  length,
}: {
  readonly into: FileHandle;
  readonly at: number;
  readonly content: Content;
  readonly length: number;
}): Promise<boolean> {
  const wanted = Buffer.allocUnsafe(CHUNK_BYTES);
  const present = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let done = 0; done < length;) {
    const part = await content.read(done, wanted.subarray(0, Math.min(CHUNK_BYTES, length - done)));
    const { bytesRead } = await into.read(present, 0, part.length, at + done);
    if (bytesRead === 0 || !part.subarray(0, bytesRead).equals(present.subarray(0, bytesRead))) return false;
    done += bytesRead;
  }
  return true;
}

async function copyRest({
  target,
  into,
  at,
  content,
  done,
}: {
  readonly target: string;
  readonly into: FileHandle;
  readonly at: number;
  readonly content: Content;
  readonly done: number;
}): Promise<void> {
  const room = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    for (let copied = done; copied < content.length;) {
      const part = await content.read(copied, room);
      if (part.length === 0) throw changedByOthers(target);
      copied += (await into.write(part, 0, part.length, at + copied)).bytesWritten;
    }
  } catch (error) {
    // A device such as /dev/full cannot be cut; the error that is worth telling is the first one.
    await into.truncate(at).catch(() => undefined);
    throw error;
  }
}

function changedByOthers(path: string): MillraceError {
  return new MillraceError({
    code: 'IO',
    message: `file "${path}" was changed by another program while rows were being added to it`,
    notes: [{ message: 'let only this job write the file, or write to a folder, where each writer has files of its own' }],
  });
}
