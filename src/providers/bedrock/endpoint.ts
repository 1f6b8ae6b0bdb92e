import { MillraceError } from '../../common/error.js';

/** Where a model is reached. */
export interface BedrockEndpoint {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly region: string;
}

export interface EndpointOptions {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
}

/** Domains of the partitions by the beginning of their regions. */
const DOMAINS: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, 'amazonaws.com.cn'],
  [/^eusc-/, 'amazonaws.eu'],
];

/** The region in the host names of AWS, with or without `-fips` and a VPC endpoint in front. */
const REGION_OF_HOST =
  /(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|api\.aws)$/;

/**
 * Base URL and region out of `endpoint` and `region`, of which either tells the other.
 *
 * @throws {MillraceError} `INVALID_OPTION`, or `MISSING_OPTION` where neither names the region.
 */
export function bedrockEndpoint({ endpoint, region }: EndpointOptions): BedrockEndpoint {
  // It becomes part of a host name that is sent credentials.
  if (region !== undefined && !/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region)) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `"region" is no AWS region: "${region}"`,
      notes: [{ message: 'write one such as "us-east-1"' }],
    });
  }
  if (endpoint === undefined) {
    if (region === undefined) throw noRegion();
    const domain = DOMAINS.find(([pattern]) => pattern.test(region))?.[1] ?? 'amazonaws.com';
    return { baseUrl: `https://bedrock-runtime.${region}.${domain}`, region };
  }
  const url = parseEndpoint(endpoint);
  const told = region ?? REGION_OF_HOST.exec(url.hostname)?.[1];
  if (told === undefined) throw noRegion();
  return { baseUrl: url.origin + url.pathname.replace(/\/+$/, ''), region: told };
}

/** The address of an operation on a model, whose id may be an ARN with slashes. */
export function operationUrl({ baseUrl }: BedrockEndpoint, model: string, operation: 'converse' | 'invoke'): string {
  return `${baseUrl}/model/${encodeURIComponent(model)}/${operation}`;
}

function parseEndpoint(endpoint: string): URL {
  const address = endpoint.trim();
  if (/^https?:/i.test(address) && URL.canParse(address)) {
    const url = new URL(address);
    if (url.search === '' && url.hash === '' && url.username === '') return url;
  }
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: '"endpoint" is not an http or https address without a query',
    notes: [{ message: 'write one such as "https://bedrock-runtime.us-east-1.amazonaws.com"' }],
  });
}

function noRegion(): MillraceError {
  return new MillraceError({
    code: 'MISSING_OPTION',
    message: 'the option "region" is missing, and the endpoint does not name one',
    notes: [{ message: "add 'region' = 'us-east-1', or 'region' = '${AWS_REGION}' to take it from the environment" }],
  });
}
