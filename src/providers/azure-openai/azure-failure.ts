import type { Note } from '../../common/error.js';
import { readRetryAfter } from '../../kit/rate-limit-headers.js';
import type { FailureReader, FailureReading } from '../../kit/service-error.js';
import type { HttpResponse } from '../../spec/provider.js';
import { translateHeaders } from './azure-headers.js';

interface AzureError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly innererror?: InnerError | null;
  /** The same in another spelling, which some versions send. */
  readonly inner_error?: InnerError | null;
}

interface InnerError {
  readonly code?: unknown;
  readonly content_filter_result?: FilterResults | null;
  readonly content_filter_results?: FilterResults | null;
}

type FilterResults = Readonly<Record<string, { readonly filtered?: unknown; readonly severity?: unknown } | null>>;

/**
 * What Azure's errors say beyond their statuses: filtered prompts, used-up accounts, waits that stand in words or in
 * headers of another name, and what to do about addresses and credentials that are wrong.
 */
export const readAzureFailure: FailureReader = (response, nowMs): FailureReading => {
  const error = readError(response.body);
  const filters = filtersOf(error);
  if (filters !== undefined) return { code: 'REFUSED', reason: `the content filter stopped the prompt${filters}` };
  const words = typeof error.message === 'string' ? error.message : '';
  if (/out of call volume quota/i.test(words)) return { code: 'QUOTA_EXCEEDED' };
  return {
    // A dependency of Azure's own failed, which passes.
    ...(response.status === 424 && { code: 'SERVICE_ERROR' as const }),
    afterMs: waitOf(response, words, nowMs),
    notes: nextSteps(response.status, error, words),
  };
};

/** The categories that stopped a prompt, in brackets; `undefined` where no filter did. */
function filtersOf({ code, innererror, inner_error: other }: AzureError): string | undefined {
  const inner = innererror ?? other;
  if (code !== 'content_filter' && inner?.code !== 'ResponsibleAIPolicyViolation') return undefined;
  const results = inner?.content_filter_result ?? inner?.content_filter_results ?? {};
  const categories = Object.entries(results).flatMap(([category, result]) => {
    if (result?.filtered !== true) return [];
    return [typeof result.severity === 'string' ? `${category} ${result.severity}` : category];
  });
  return categories.length === 0 ? '' : ` (${categories.join(', ')})`;
}

/** Milliseconds; by the headers, else by a sentence such as `Please retry after 3 seconds.` */
function waitOf({ status, headers }: HttpResponse, words: string, nowMs: number): number | undefined {
  const told = readRetryAfter(translateHeaders(headers), nowMs) ?? lonelyReset(headers);
  if (told !== undefined || status !== 429) return told;
  const [, seconds] = /\b(?:retry after|try again in) (\d+) seconds?\b/i.exec(words) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}

/** Some throttled answers carry nothing but a reset, in seconds. */
function lonelyReset(headers: HttpResponse['headers']): number | undefined {
  const resets = ['x-rate-limit-reset-requests', 'x-rate-limit-reset-tokens'].map(name => Number(headers[name] ?? NaN));
  const seconds = Math.max(...resets.filter(reset => reset > 0));
  return Number.isFinite(seconds) ? seconds * 1_000 : undefined;
}

function nextSteps(status: number, { code }: AzureError, words: string): Note[] {
  const steps: Note[] = [];
  if (status === 401)
    steps.push({
      message:
        'a key belongs to one resource, and a token of Entra ID lives about an hour: take endpoint and credential from the same resource',
    });
  if (code === 'DeploymentNotFound')
    steps.push({ message: '"deployment" is the name that the deployment has in the resource, not that of its model' });
  else if (status === 404) steps.push({ message: 'check the path of "endpoint", and whether "api-version" exists' });
  if (status === 400 && words.includes('max_completion_tokens'))
    steps.push({ message: `name the model behind the deployment, such as 'model' = 'o3-mini'` });
  return steps;
}

function readError(body: string): AzureError {
  try {
    const { error } = (JSON.parse(body) ?? {}) as { error?: AzureError | null };
    return typeof error === 'object' && error !== null ? error : {};
  } catch {
    return {};
  }
}
