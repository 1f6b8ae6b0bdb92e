import { Refusal, type Reply } from '../simulator/reply.js';

/** An error as Azure's front writes it, with a code that is often the status. */
export interface AzureWireError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function errorReply({ status, code, message, headers = {} }: AzureWireError): Reply {
  return { status, headers, body: JSON.stringify({ error: { code, message } }) };
}

export function refusal(error: AzureWireError): Refusal {
  return new Refusal(errorReply(error));
}

/** What an address without a service behind it says: also one without an `api-version`, or with a wrong one. */
export const NOT_FOUND: AzureWireError = { status: 404, code: '404', message: 'Resource not found' };

const STATUS_ERRORS: Readonly<Record<number, Omit<AzureWireError, 'status'>>> = {
  401: {
    code: '401',
    message:
      'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
  },
  403: { code: '403', message: 'Access denied due to Virtual Network/Firewall rules.' },
  404: {
    code: 'DeploymentNotFound',
    message:
      'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
  },
  408: { code: 'Timeout', message: 'The operation was timeout.' },
  424: { code: 'FailedDependency', message: 'A service that this request depends on failed.' },
  429: {
    code: '429',
    message: 'Rate limit is exceeded. Try again in 1 seconds.',
    headers: { 'retry-after': '1' },
  },
  500: { code: 'InternalServerError', message: 'Internal server error' },
  503: { code: 'ServiceUnavailable', message: 'The service is temporarily unable to process your request. Please try again later.' },
};

/** What Azure says with a status. */
export function errorOfStatus(status: number): AzureWireError {
  const known = STATUS_ERRORS[status];
  if (known !== undefined) return { status, ...known };
  const message = status < 500 ? 'The request was refused.' : 'The service failed to process the request.';
  return { status, code: String(status), message };
}

/** 400 for a prompt that the content filter stops. */
export function filteredPrompt(): Refusal {
  const results = { hate: safe(), jailbreak: { filtered: false, detected: false }, self_harm: safe(), sexual: safe() };
  const error = {
    message:
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
    type: null,
    param: 'prompt',
    code: 'content_filter',
    status: 400,
    innererror: {
      code: 'ResponsibleAIPolicyViolation',
      content_filter_result: { ...results, violence: { filtered: true, severity: 'medium' } },
    },
  };
  return new Refusal({ status: 400, headers: {}, body: JSON.stringify({ error }) });
}

/** What every category of the content filter says of a harmless text. */
export function safe(): { readonly filtered: boolean; readonly severity: string } {
  return { filtered: false, severity: 'safe' };
}
