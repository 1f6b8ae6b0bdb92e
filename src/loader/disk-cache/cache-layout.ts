import { join } from 'node:path';

/**
 * What is where in the folder of the cache:
 *
 * - `entries/<content>/model`: the file or folder of a model, complete, verified and read-only; `entries/<content>/about.json` tells its
 *   size; `entries/<content>/used` has the time of its last use
 * - `seen/<key>.json`: which content an address had at a version
 * - `partial/<key>/`: what is being fetched, and what an interrupted fetch left; `partial/<key>.lock` while somebody does
 * - `leases/<content>.<holder>`: touched while a process uses the content
 * - `trash/`: on its way out
 */
export class CacheLayout {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  get entries(): string {
    return join(this.root, 'entries');
  }
  get partials(): string {
    return join(this.root, 'partial');
  }
  get leases(): string {
    return join(this.root, 'leases');
  }
  get trash(): string {
    return join(this.root, 'trash');
  }
  get seen(): string {
    return join(this.root, 'seen');
  }
  entry(content: string): string {
    return join(this.entries, content);
  }
  model(content: string): string {
    return join(this.entry(content), 'model');
  }
  about(content: string): string {
    return join(this.entry(content), 'about.json');
  }
  used(content: string): string {
    return join(this.entry(content), 'used');
  }
  seenAt(key: string): string {
    return join(this.seen, `${key}.json`);
  }
  partial(key: string): string {
    return join(this.partials, key);
  }
  lock(key: string): string {
    return join(this.partials, `${key}.lock`);
  }
}
