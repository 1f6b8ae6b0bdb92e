export { MillraceError, MillraceErrors, type ErrorContext, type Note, type RetryHint } from './common/error.js';
export { ERROR_CODES, type ErrorCode, type ErrorDomain } from './common/error-codes.js';
export { renderError } from './common/render-error.js';
export type { SourceText } from './common/source-text.js';
export type { Span } from './common/span.js';
export { extensions } from './extensions.js';
export type { Extensions } from './session/extensions.js';
export type { SessionHost } from './session/host.js';
export { Session, stateIn, type ExecuteOptions, type ModelUsage, type Statement } from './session/session.js';
export type { RowConsumer, RunningJob, StatementResult } from './session/statement-result.js';
export type { AcceptedJsType, JsTypeOf, JsValue } from './spec/js-type.js';
export {
  scalarFunction,
  tableFunction,
  type FunctionDefinition,
  type ScalarFunctionDefinition,
  type TableFunctionDefinition,
} from './spec/user-function.js';
