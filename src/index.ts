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
export { AsyncInferenceFunction, type AsyncInferenceOptions } from './library/otter/async-inference-function.js';
export { Duration, type DurationLike } from './library/otter/duration.js';
export { createEngineHost, type EngineHost } from './library/otter/engine-host.js';
export { InferenceConfig, type InferenceConfigBuilder } from './library/otter/inference-config.js';
export { InferenceException } from './library/otter/inference-exception.js';
export type { MetricsMeter, ObservableInstrument } from './library/otter/inference-metrics.js';
export {
  createInferenceEngine,
  LocalInferenceEngine,
  OnnxInferenceEngine,
  PmmlInferenceEngine,
  PyTorchInferenceEngine,
  TensorFlowInferenceEngine,
  XGBoostInferenceEngine,
} from './library/otter/local-inference-engine.js';
export { MLInferenceDynamicTableFactory, type MLInferenceDynamicTableSource } from './library/otter/ml-inference-dynamic-table-factory.js';
export { MLInferenceFunction, type MissingScore } from './library/otter/ml-inference-function.js';
export { MLInferenceLookupFunction, type LookupFunctionOptions } from './library/otter/ml-inference-lookup-function.js';
export { ModelCache, type ModelCacheOptions } from './library/otter/model-cache.js';
export { ModelConfig, type ModelConfigBuilder } from './library/otter/model-config.js';
export { ModelFormat } from './library/otter/model-format.js';
export { SqlInferenceConfig } from './library/otter/sql-inference-config.js';
export type { RowSource, RowWriter } from './library/registered-tables.js';
export type { Change, RowKindName, RowObject } from './library/row-objects.js';
export type { Extensions } from './session/extensions.js';
export type { LimiterPool } from './session/host.js';
export type { ModelUsage } from './session/session.js';
export type { RunningJob } from './session/statement-result.js';
export {
  InferenceResult,
  type EngineLease,
  type EnginePutOptions,
  type EngineStore,
  type Features,
  type InferenceEngine,
  type OutputValue,
  type Score,
} from './spec/inference-engine.js';
export type { AcceptedJsType, JsTypeOf, JsValue } from './spec/js-type.js';
export type { BigintForm } from './spec/to-js.js';
export {
  scalarFunction,
  tableFunction,
  type FunctionDefinition,
  type ScalarFunctionDefinition,
  type TableFunctionDefinition,
} from './spec/user-function.js';
