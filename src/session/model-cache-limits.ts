import { join, resolve } from 'node:path';
import { cacheFolder } from '../config/cache-folder.js';
import type { Environment } from '../config/secret-source.js';
import type { ModelCacheLimits } from '../loader/model-loader.js';
import type { Settings } from './settings.js';

/** What the settings of a session say of the models that are kept. */
export function modelCacheLimits(options: Settings['options'], environment: Environment): ModelCacheLimits {
  const path = options['model.cache.path'];
  return {
    folder: path === undefined ? join(cacheFolder(environment), 'models') : resolve(path),
    diskBytes: options['model.cache.max-bytes'],
    memoryBytes: options['model.cache.memory'],
    models: options['model.cache.max-models'],
    idleMs: options['model.cache.idle-ttl'],
  };
}
