import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheLayout } from './cache-layout.js';
import type { Leases } from './leases.js';

/** What nobody has gone on with for this long is cleared away. */
const LEFTOVER_MS = 24 * 3_600_000;

export interface MakeRoomInit {
  readonly layout: CacheLayout;
  readonly leases: Leases;
  /** Most bytes that may stay. */
  readonly maxBytes: number;
  /** Unique each time. */
  readonly newId: () => string;
}

/** Removes models that nobody uses, the one used longest ago first, until the others fit. @returns how many were removed. */
export async function makeRoom({ layout, leases, maxBytes, newId }: MakeRoomInit): Promise<number> {
  const entries = await listEntries(layout);
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= maxBytes) return 0;
  const leased = await leases.leased();
  let removed = 0;
  for (const { content, bytes } of entries.toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (total <= maxBytes) break;
    if (leased.has(content)) continue;
    await discard(layout, content, newId());
    total -= bytes;
    removed++;
  }
  return removed;
}

/** Removes what killed processes left. */
export async function removeLeftovers(layout: CacheLayout, now: number): Promise<void> {
  for (const name of await readdir(layout.trash)) await rm(join(layout.trash, name), { recursive: true, force: true });
  for (const name of await readdir(layout.partials)) {
    const path = join(layout.partials, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && now - found.mtimeMs > LEFTOVER_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Vanishes at once: nobody sees half of it. */
async function discard(layout: CacheLayout, content: string, id: string): Promise<void> {
  const aside = join(layout.trash, id);
  await rename(layout.entry(content), aside).catch(() => {});
  await rm(aside, { recursive: true, force: true });
}

interface Entry {
  readonly content: string;
  readonly bytes: number;
  readonly usedAt: number;
}

async function listEntries(layout: CacheLayout): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const content of await readdir(layout.entries)) {
    try {
      const { bytes } = JSON.parse(await readFile(layout.about(content), 'utf8')) as { bytes: number };
      entries.push({ content, bytes, usedAt: (await stat(layout.used(content))).mtimeMs });
    } catch {
      // Another process is removing it.
    }
  }
  return entries;
}
