// The services that tests use.
import { redis } from './redis.mjs';
import { s3 } from './s3.mjs';

/** @type {readonly import('./service.mjs').Service[]} */
export const services = [redis, s3];
