import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Environment } from './secret-source.js';

/** Where this process keeps what it can fetch again: below the user's folder for such things, as the system has it. */
export function cacheFolder(environment: Environment, platform: NodeJS.Platform = process.platform): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: localAppData, HOME: home } = environment;
  if (xdg !== undefined && xdg !== '') return resolve(xdg, 'millrace');
  if (platform === 'win32' && localAppData) return join(localAppData, 'millrace', 'cache');
  if (!home) return join(tmpdir(), 'millrace-cache');
  return platform === 'darwin' ? join(home, 'Library', 'Caches', 'millrace') : join(home, '.cache', 'millrace');
}
