// Fetches a model into a cache, in a process of its own: <folder of the cache> <address>. Sends the content's id.
import { systemClock } from '../common/clock.js';
import { SILENT } from '../common/logger.js';
import { createHttpTransport } from '../kit/http-transport.js';
import { DEFAULT_MODEL_FILE_ACCESS } from '../kit/model-file/model-file-options.js';
import { DiskCache } from './disk-cache/disk-cache.js';
import { ModelFetcher } from './model-fetcher.js';

const [folder, address] = process.argv.slice(2) as [string, string];
const http = createHttpTransport({ connections: 2 });
let count = 0;
const cache = new DiskCache({ folder, maxBytes: 1e9, clock: systemClock, newId: () => `${process.pid}-${count++}` });
const fetcher = new ModelFetcher({ http, clock: systemClock, random: Math.random, cache: () => cache, log: SILENT });
const { signal } = new AbortController();
const location = fetcher.locate(address, DEFAULT_MODEL_FILE_ACCESS);
const observation = await fetcher.observe(location, { signal });
const found = await fetcher.fetch({ location, observation, access: DEFAULT_MODEL_FILE_ACCESS }, { signal, onPhase() {}, onBytes() {} });
process.send!(found.content);
await cache.close();
await http.close();
process.disconnect();
