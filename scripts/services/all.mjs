// The services that tests use.
import { redis } from './redis.mjs';

/** @type {readonly import('./service.mjs').Service[]} */
export const services = [redis];
