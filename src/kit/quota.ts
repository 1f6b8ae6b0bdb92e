import { createHash } from 'node:crypto';
import type { Secret } from '../spec/option.js';

export interface QuotaInit {
  /** Base URL, region or another name of the place where the limits are kept. */
  readonly endpoint: string;
  /** Absent where the service takes none, or where its library finds it. */
  readonly credential?: Secret | undefined;
  /** As the service names it. */
  readonly model: string;
}

/** `Model.quota`: the same for models that share the limits of a service. Does not tell the credential. */
export function quotaOf({ endpoint, credential, model }: QuotaInit): string {
  const parts = JSON.stringify([endpoint, credential?.reveal() ?? null, model]);
  return createHash('sha256').update(parts).digest('base64url');
}
