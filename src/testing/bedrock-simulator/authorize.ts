import type { Refusal } from '../simulator/reply.js';
import type { SimulatedRequest } from '../simulator/simulated-request.js';
import { readClaim, type SignatureClaim } from './signature-claim.js';
import { signatureOf } from './signature.js';
import type { BedrockSimulatorOptions } from './simulator-options.js';
import { refusal } from './wire-error.js';

/** How far the time of a signature may be off, in minutes. */
const TOLERANCE_MIN = 5;

/**
 * Checks who sent a request: by an API key as a bearer token, or by a signature with the only access key that is known.
 *
 * @param nowMs wall clock of the service.
 * @throws {Refusal} in the words of AWS.
 */
export function authorize(request: SimulatedRequest, options: BedrockSimulatorOptions, nowMs: number): void {
  const { method, fullPath: path, query, headers, body } = request;
  if (headers.authorization === undefined) throw forbidden('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const apiKey = /^Bearer (.*)$/.exec(headers.authorization)?.[1];
  if (apiKey !== undefined) return checkApiKey(apiKey, options);
  const claim = readClaim(headers);
  checkSession(claim, request, options);
  checkScope(claim, options);
  checkTime(claim.timestamp, nowMs);
  const expected = signatureOf({ method, path, query, headers, body, ...claim }, options['secret-access-key']);
  if (claim.signature === expected) return;
  throw invalidSignature(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  );
}

function checkApiKey(key: string, { 'api-key': expected }: BedrockSimulatorOptions): void {
  if (key !== '' && (expected === undefined || key === expected)) return;
  throw refusal({
    status: 403,
    name: 'AccessDeniedException',
    message: 'Authentication failed: Please make sure your API Key is valid.',
    member: 'Message',
  });
}

function checkSession({ accessKeyId }: SignatureClaim, { headers }: SimulatedRequest, options: BedrockSimulatorOptions): void {
  const isKnown = accessKeyId === options['access-key-id'] && headers['x-amz-security-token'] === options['session-token'];
  if (!isKnown) throw forbidden('UnrecognizedClientException', 'The security token included in the request is invalid.');
  if (options['session-expired']) throw forbidden('ExpiredTokenException', 'The security token included in the request is expired');
}

function checkScope({ date, region, service, terminator, timestamp }: SignatureClaim, options: BedrockSimulatorOptions): void {
  if (region !== options.region) throw invalidSignature(`Credential should be scoped to a valid region, not '${region}'. `);
  if (service !== 'bedrock') throw invalidSignature("Credential should be scoped to correct service: 'bedrock'. ");
  if (terminator !== 'aws4_request')
    throw invalidSignature(`Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'. `);
  if (date === timestamp.slice(0, 8)) return;
  throw invalidSignature(
    `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${timestamp.slice(0, 8)}', from '${timestamp}'.`,
  );
}

function checkTime(timestamp: string, nowMs: number): void {
  const signed = Date.parse(timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const now = basicTime(nowMs);
  const earliest = nowMs - TOLERANCE_MIN * 60_000;
  const latest = nowMs + TOLERANCE_MIN * 60_000;
  if (signed < earliest)
    throw invalidSignature(`Signature expired: ${timestamp} is now earlier than ${basicTime(earliest)} (${now} - ${TOLERANCE_MIN} min.)`);
  if (signed > latest)
    throw invalidSignature(
      `Signature not yet current: ${timestamp} is still later than ${basicTime(latest)} (${now} + ${TOLERANCE_MIN} min.)`,
    );
}

/** `20150830T123600Z` */
function basicTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}

function invalidSignature(message: string): Refusal {
  return forbidden('InvalidSignatureException', message);
}

function forbidden(name: string, message: string): Refusal {
  return refusal({ status: 403, name, message });
}
