export { MillraceError, MillraceErrors, type ErrorContext, type Note, type RetryHint } from './common/error.js';
export { ERROR_CODES, type ErrorCode, type ErrorDomain } from './common/error-codes.js';
export type { LogFields, Logger } from './common/logger.js';
export { renderError } from './common/render-error.js';
export type { SourceText } from './common/source-text.js';
export type { Span } from './common/span.js';
export { extensions } from './extensions.js';
export { createLimiters, type LimitersOptions } from './library/create-limiters.js';
export { createSession, type SessionOptions } from './library/create-session.js';
export type { Columns, ExecuteResult, RegisteredRow, RunOptions, Session, WrittenRow } from './library/library-session.js';
export type { RowSource, RowWriter } from './library/registered-tables.js';
export type { Change, RowKindName, RowObject } from './library/row-objects.js';
export type { Extensions } from './session/extensions.js';
export type { LimiterPool } from './session/host.js';
export type { ModelUsage } from './session/session.js';
export type { RunningJob } from './session/statement-result.js';
export type { AcceptedJsType, JsTypeOf, JsValue } from './spec/js-type.js';
export type { BigintForm } from './spec/to-js.js';
export {
  scalarFunction,
  tableFunction,
  type FunctionDefinition,
  type ScalarFunctionDefinition,
  type TableFunctionDefinition,
} from './spec/user-function.js';
