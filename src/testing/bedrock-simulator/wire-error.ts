import { Refusal, type Reply } from '../simulator/reply.js';

/** An exception as Bedrock's runtime writes it: its name in a header, its words in the body. */
export interface WireError {
  readonly status: number;
  /** Absent for what answers before the service does, such as a proxy. */
  readonly name?: string | undefined;
  readonly message: string;
  /** How the member of the body is spelled: the gate that knows the keys writes it with a capital. */
  readonly member?: 'message' | 'Message';
}

export function errorReply({ status, name, message, member = 'message' }: WireError): Reply {
  return {
    status,
    headers: name === undefined ? {} : { 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/` },
    body: JSON.stringify({ [member]: message }),
  };
}

export function refusal(error: WireError): Refusal {
  return new Refusal(errorReply(error));
}

/** 400 about the request itself. */
export function validationError(message: string): Refusal {
  return refusal({ status: 400, name: 'ValidationException', message });
}

/** 400 of a model about its own body. */
export function malformedInput(problem: string): Refusal {
  return validationError(`Malformed input request: ${problem}, please reformat your input and try again.`);
}

const STATUS_ERRORS: Readonly<Record<number, Omit<WireError, 'status'>>> = {
  400: { name: 'ValidationException', message: 'The provided request is not valid' },
  403: {
    name: 'AccessDeniedException',
    message: "You don't have access to the model with the specified model ID.",
  },
  404: { name: 'ResourceNotFoundException', message: 'Could not resolve the foundation model from the provided model identifier.' },
  408: { name: 'ModelTimeoutException', message: 'Model has timed out in processing the request. Try your request again.' },
  409: { name: 'ConflictException', message: 'Error occurred because of a conflict while performing an operation.' },
  424: { name: 'ModelErrorException', message: 'The system encountered an unexpected error during processing. Try your request again.' },
  429: { name: 'ThrottlingException', message: 'Too many requests, please wait before trying again.' },
  500: {
    name: 'InternalServerException',
    message: 'The system encountered an unexpected error during processing. Try your request again.',
  },
  503: { name: 'ServiceUnavailableException', message: 'Bedrock is unable to process your request.' },
};

/** What Bedrock says with a status. */
export function errorOfStatus(status: number): WireError {
  return { status, ...(STATUS_ERRORS[status] ?? { message: `The request ended with ${status}.` }) };
}
