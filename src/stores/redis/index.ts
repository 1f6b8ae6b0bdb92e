export { redis } from './redis-store.js';
