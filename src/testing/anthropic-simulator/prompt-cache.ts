/** A place in a prompt up to which the client asks for it to be cached. */
export interface Breakpoint {
  /** Identifies everything before it. */
  readonly key: string;
  /** Tokens of everything before it. */
  readonly tokens: number;
  readonly ttl: CacheTtl;
}

export type CacheTtl = '5m' | '1h';

const TTL_MS: Readonly<Record<CacheTtl, number>> = { '5m': 300_000, '1h': 3_600_000 };

/** How the tokens of one prompt are billed. */
export interface CachedPrompt {
  readonly readTokens: number;
  readonly writtenTokens: Readonly<Record<CacheTtl, number>>;
  /** Fills the cache: prompts that come before that do not find this one. */
  store(): void;
}

export interface PromptCacheInit {
  /** Shorter prompts are not cached. */
  readonly minTokens: number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

/** Anthropic's prompt cache: the longest prefix that is there is read, what goes beyond it is written; a read renews the time. */
export class PromptCache {
  readonly #init: PromptCacheInit;
  /** Key → when it is forgotten. */
  readonly #entries = new Map<string, number>();

  constructor(init: PromptCacheInit) {
    this.#init = init;
  }

  /** @param breakpoints in the order of the prompt. */
  plan(breakpoints: readonly Breakpoint[]): CachedPrompt {
    const now = this.#init.monotonic();
    const cacheable = breakpoints.filter(({ tokens }) => tokens >= this.#init.minTokens);
    const readTokens = cacheable.findLast(({ key }) => (this.#entries.get(key) ?? -Infinity) > now)?.tokens ?? 0;
    const writtenTokens = { '5m': 0, '1h': 0 };
    let before = readTokens;
    for (const { tokens, ttl } of cacheable.filter(breakpoint => breakpoint.tokens > readTokens)) {
      writtenTokens[ttl] += tokens - before;
      before = tokens;
    }
    return {
      readTokens,
      writtenTokens,
      store: () => {
        const since = this.#init.monotonic();
        for (const { key, ttl } of cacheable) this.#entries.set(key, since + TTL_MS[ttl]);
      },
    };
  }
}
