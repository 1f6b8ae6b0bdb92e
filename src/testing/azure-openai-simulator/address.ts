import type { SimulatedRequest } from '../simulator/simulated-request.js';

/** What an address asks for. */
export interface Target {
  readonly task: 'chat/completions' | 'embeddings';
  /** In the path; that of the body below `/openai/v1`, where it is absent. */
  readonly deployment: string | undefined;
  /** Absent below `/openai/v1`, which needs none. */
  readonly version: string | undefined;
}

/** Versions that are generally available and chat or embed; every preview is known too. */
const VERSIONS: ReadonlySet<string> = new Set(['2023-05-15', '2024-02-01', '2024-06-01', '2024-10-21']);

/** `undefined` for an address that Azure does not know: also for one without a version that it knows. */
export function readTarget({ method, fullPath, query }: SimulatedRequest): Target | undefined {
  const [, named, task] = /^\/openai\/(?:v1|deployments\/([^/]+))\/(chat\/completions|embeddings)$/.exec(fullPath) ?? [];
  if (method !== 'POST' || task === undefined) return undefined;
  const version = query.get('api-version') ?? undefined;
  const isKnown = version !== undefined && (VERSIONS.has(version) || /^\d{4}-\d{2}-\d{2}-preview$/.test(version));
  if (named !== undefined && !isKnown) return undefined;
  const deployment = named === undefined ? undefined : decodeURIComponent(named);
  return { task: task as Target['task'], deployment, version: named === undefined ? undefined : version };
}
