import { ERROR_CODES, type ErrorCode } from '../../common/error-codes.js';
import { MillraceError } from '../../common/error.js';
import { parseDuration } from '../../common/duration.js';
import type { Usage } from '../../spec/provider.js';

/** What a scripted model does with one call. */
export interface ScriptLine {
  /** Whether the line answers every further call instead of one. */
  readonly repeats: boolean;
  /** Milliseconds until the answer. */
  readonly delayMs: number;
  /** What an answer says it cost. */
  readonly usage?: Usage | undefined;
  readonly requestId?: string | undefined;
  readonly reply: ScriptReply;
}

export type ScriptReply =
  /** One answer for each input, in order: each a list of output rows, or the failure of that input. */
  | { readonly kind: 'ok'; readonly answers: readonly ScriptAnswer[] }
  /** Each input is its own answer. */
  | { readonly kind: 'echo' }
  | { readonly kind: 'status'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly message: string }
  /** No answer until the call is aborted. */
  | { readonly kind: 'hang' };

/** The output rows of one input, one or several, or why there is none. */
export type ScriptAnswer = { readonly rows: readonly string[] } | { readonly failure: ErrorCode };

/**
 * Reads a line of a script: `[*] [after DURATION] [tokens INPUT+OUTPUT] [request ID] REPLY`, where `*` stands for all
 * further calls and REPLY is one of
 *
 * - `ok a, b`: an answer for each input, a space behind each comma between two; the columns of one answer are separated
 *   by `|`, several answers of one input by `+`, `!BAD_ANSWER` is a failure of that input alone;
 * - `echo`; `hang`; `status 429 retry-after=1`; `error TIMEOUT no answer`.
 *
 * @throws {MillraceError} `SYNTAX`.
 */
export function parseScriptLine(text: string): ScriptLine {
  const match = /^(\* )?(?:after (\d+ ?\w+) )?(?:tokens (\d+)\+(\d+) )?(?:request (\S+) )?(\w+)(?: (.*))?$/.exec(text.trim());
  const [, star, delay, inputTokens, outputTokens, requestId, word, rest = ''] = match ?? [];
  const delayMs = delay === undefined ? 0 : parseDuration(delay);
  const reply = word === undefined || delayMs === undefined ? undefined : parseReply(word, rest);
  if (reply === undefined) throw new MillraceError({ code: 'SYNTAX', message: `"${text}" is no line of a script` });
  return {
    repeats: star !== undefined,
    delayMs: delayMs!,
    ...(inputTokens !== undefined && { usage: { inputTokens: Number(inputTokens), outputTokens: Number(outputTokens) } }),
    ...(requestId !== undefined && { requestId }),
    reply,
  };
}

function parseReply(word: string, rest: string): ScriptReply | undefined {
  switch (word) {
    case 'ok':
      return { kind: 'ok', answers: rest.split(/\s*,\s+/).map(parseAnswer) };
    case 'echo':
    case 'hang':
      return rest === '' ? { kind: word } : undefined;
    case 'status': {
      const [status, ...headers] = rest.split(' ');
      const pairs = headers.map(header => header.split('=') as [string, string]);
      return /^\d{3}$/.test(status!) ? { kind: 'status', status: Number(status), headers: Object.fromEntries(pairs) } : undefined;
    }
    case 'error': {
      const [code = '', ...message] = rest.split(' ');
      return isErrorCode(code) ? { kind: 'error', code, message: message.join(' ') } : undefined;
    }
    default:
      return undefined;
  }
}

function parseAnswer(text: string): ScriptAnswer {
  const failure = /^!(\w+)$/.exec(text)?.[1];
  if (failure !== undefined && isErrorCode(failure)) return { failure };
  return { rows: text.split(/\s+\+\s+/) };
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}
