import { ERROR_CODES } from './error-codes.js';
import { MillraceError, MillraceErrors, toMillraceError } from './error.js';
import { maskSecrets } from './sensitive-key.js';
import { lineColumn, lineOf, type SourceText } from './source-text.js';
import type { Span } from './span.js';

/**
 * The error as lines for a terminal: code, message, the marked place in the text, context, notes.
 *
 * @param source the text that the spans point into; without it, places are left out.
 */
export function renderError(thrown: unknown, source?: SourceText): string {
  if (thrown instanceof MillraceErrors) return thrown.errors.map(error => renderError(error, source)).join('\n\n');
  const error = toMillraceError(thrown);
  const lines = [`error[${error.code}]: ${error.message}`];
  const [help, ...notes] = splitHelp(error);
  if (error.span && source) lines.push(...renderPlace(source, error.span, help));
  else if (help) lines.push(`  = ${help}`);
  const context = renderContext(error);
  if (context) lines.push(`  at ${context}`);
  for (const note of notes) {
    if (note.span && source) lines.push(`  = ${note.message}`, ...renderPlace(source, note.span, undefined));
    else lines.push(`  = ${note.message}`);
  }
  if (error.domain === 'internal') {
    lines.push(`  = ${ERROR_CODES.INTERNAL.summary} ${ERROR_CODES.INTERNAL.fix}`);
    const { cause } = error;
    if (cause instanceof Error && cause.stack) lines.push(cause.stack);
    else if (error.stack) lines.push(error.stack);
  }
  return lines.join('\n');
}

/** The first note without a place of its own stands beside the caret; the others follow as lines. */
function splitHelp(error: MillraceError): [string | undefined, ...MillraceError['notes']] {
  const [first, ...rest] = error.notes;
  return first && !first.span ? [first.message, ...rest] : [undefined, ...error.notes];
}

function renderPlace(source: SourceText, span: Span, help: string | undefined): string[] {
  const { line: number, column } = lineColumn(source.text, span.start);
  const { line, from, to } = clip(lineOf(maskSecrets(source.text), span));
  const gutter = ' '.repeat(String(number).length);
  // Tabs are kept in the padding, so that the caret stands under its character at any tab width.
  const padding = line.slice(0, from).replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(to - from);
  return [
    ` ${gutter}--> ${source.name}:${number}:${column}`,
    `  ${number} | ${line}`,
    `  ${gutter} | ${padding}${carets}${help ? ` ${help}` : ''}`,
  ];
}

/** Most characters of a line that are shown. */
const MAX_LINE = 160;
/** Characters in front of the marked part, where the line is cut there. */
const LEAD = 60;

/** A long line, such as a script on the command line, is cut around its marked part. */
function clip({ line, from, to }: ReturnType<typeof lineOf>): ReturnType<typeof lineOf> {
  if (line.length <= MAX_LINE) return { line, from, to };
  const start = Math.max(0, Math.min(from - LEAD, line.length - MAX_LINE));
  const end = Math.min(line.length, start + MAX_LINE);
  const head = start > 0 ? '…' : '';
  const shift = head.length - start;
  return { line: head + line.slice(start, end) + (end < line.length ? '…' : ''), from: from + shift, to: Math.min(to, end) + shift };
}

function renderContext({ context }: MillraceError): string {
  const names = [
    context.table && `table "${context.table}"`,
    context.model && `model "${context.model}"`,
    context.connector && `connector "${context.connector}"`,
    context.provider && `provider "${context.provider}"`,
    context.operator && `operator ${context.operator}`,
    context.split && `split "${context.split}"`,
    context.position,
  ];
  return names.filter(Boolean).join(', ');
}
