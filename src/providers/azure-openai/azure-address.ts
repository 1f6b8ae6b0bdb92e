import { MillraceError } from '../../common/error.js';
import { splitTaskPath, taskPath, type OpenAiTask } from '../../kit/openai-protocol/openai-task.js';
import type { AzureOpenaiOptions } from './azure-openai-options.js';

/**
 * The newest dated version that is generally available; later ones are previews, or `/openai/v1`.
 * https://learn.microsoft.com/azure/ai-services/openai/api-version-deprecation
 */
const DEFAULT_VERSION = '2024-10-21';

/** Where a deployment is and how it is named. */
export interface AzureAddress {
  /** Origin and path of the resource, whatever form the endpoint has: what limits belong to, with the deployment. */
  readonly resource: string;
  readonly deployment: string;
  /** Members that name the deployment in the body; its name stands in the path where there are none. */
  readonly members: { readonly model?: string };
  /** Told by the end of the endpoint. */
  readonly task: OpenAiTask | undefined;
  /** Full address of a task. */
  url(task: OpenAiTask): string;
}

type AddressOptions = Pick<AzureOpenaiOptions, 'endpoint' | 'deployment' | 'model' | 'api-version'>;

/**
 * Reads the three forms of an endpoint: a resource, a deployment of it with or without the path of a task, and the base
 * `/openai/v1`, behind which the deployment stands in the body and no version is asked for. What stands in front of
 * `/openai`, such as the path of a gateway, stays.
 *
 * @throws {MillraceError} `INVALID_OPTION`
 */
export function readAddress(options: AddressOptions): AzureAddress {
  const { origin, pathname, searchParams } = parseEndpoint(options.endpoint);
  const { base, task } = splitTaskPath(pathname);
  const [, prefix = base, form, named] = /^(.*?)\/openai(?:\/(v1|deployments)(?:\/([^/]+))?)?$/.exec(base) ?? [];
  const deployment = deploymentOf(options, named === undefined ? undefined : decodeURIComponent(named));
  const version = agreed('api-version', searchParams.get('api-version') ?? undefined, options['api-version']);
  const isV1 = form === 'v1';
  const root = isV1 ? `${prefix}/openai/v1` : `${prefix}/openai/deployments/${encodeURIComponent(deployment)}`;
  const query = new URLSearchParams(searchParams);
  const sent = version ?? (isV1 ? undefined : DEFAULT_VERSION);
  if (sent !== undefined) query.set('api-version', sent);
  const search = query.size === 0 ? '' : `?${query}`;
  return {
    resource: origin + prefix,
    deployment,
    members: isV1 ? { model: deployment } : {},
    task,
    url: of => origin + taskPath(root, of) + search,
  };
}

function deploymentOf({ deployment, model }: AddressOptions, named: string | undefined): string {
  const found = agreed('deployment', named, deployment) ?? model;
  if (found !== undefined) return found;
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: '"deployment" is missing: a model of Azure is reached by the name of its deployment',
    notes: [{ message: `write 'deployment' = 'name', or an endpoint that ends in /openai/deployments/name` }],
  });
}

/** What the endpoint and an option both may tell. */
function agreed(option: string, inEndpoint: string | undefined, value: string | undefined): string | undefined {
  if (inEndpoint !== undefined && value !== undefined && inEndpoint !== value) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `"${option}" is "${value}", and the endpoint says "${inEndpoint}"`,
      notes: [{ message: `take one of them out` }],
    });
  }
  return inEndpoint ?? value;
}

function parseEndpoint(endpoint: string): URL {
  const address = endpoint.trim();
  if (/^https?:/i.test(address) && URL.canParse(address)) return new URL(address);
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: '"endpoint" is not an http or https address',
    notes: [{ message: 'write the address of the resource, such as "https://name.openai.azure.com"' }],
  });
}
