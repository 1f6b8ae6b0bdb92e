export { answerCacheContract, type AnswerCacheContract, type AnswerCacheUnderTest } from './answer-cache-contract.js';
export { conditionOptions, type ConditionOptions } from './simulator/condition-options.js';
export { createFakeClock, type FakeClock } from './fake-clock.js';
export { formatContract, openFormat, type FormatContract } from './format-contract.js';
export {
  providerContract,
  type ContractFeature,
  type ModelVariant,
  type ProviderContract,
  type RetryHeaders,
  type ServiceCondition,
  type ServiceUnderTest,
} from './provider-contract.js';
export { limitStoreContract, type LimitStoreContract, type LimitStoreUnderTest } from './limit-store-contract.js';
export { readPrometheusText, type Sample, type Scrape } from './prometheus-text.js';
export { createScriptedModel, type ScriptedCall, type ScriptedModel, type ScriptedModelInit } from './scripted-model.js';
export { sinkContract, type SinkContract, type SinkUnderTest } from './sink-contract.js';
export { sourceContract, type SourceContract, type SourceUnderTest } from './source-contract.js';
export { formatPair, tableContext, type TestTable } from './table-context.js';
export { openRuntime, type OpenedRuntime, type RuntimeUnderTest } from './open-runtime.js';
export { temporaryFolder } from './temporary-folder.js';

export { startAnthropicSimulator, type AnthropicSimulator } from './anthropic-simulator/anthropic-simulator.js';
export { anthropicSimulatorOptions, type AnthropicSimulatorOptions } from './anthropic-simulator/simulator-options.js';
export { startBedrockSimulator, type BedrockSimulator } from './bedrock-simulator/bedrock-simulator.js';
export { bedrockSimulatorOptions, type BedrockSimulatorOptions } from './bedrock-simulator/simulator-options.js';
export { startAzureOpenAiSimulator, type AzureOpenAiSimulator } from './azure-openai-simulator/azure-openai-simulator.js';
export { azureOpenAiSimulatorOptions, type AzureOpenAiSimulatorOptions } from './azure-openai-simulator/simulator-options.js';
export { startOpenAiSimulator, type OpenAiSimulator } from './openai-simulator/openai-simulator.js';
export { openAiSimulatorOptions, type OpenAiSimulatorOptions } from './openai-simulator/simulator-options.js';
export { Refusal, type Reply } from './simulator/reply.js';
export type { LimitState, LimitWords } from './simulator/rate-limits.js';
export type { Exchange, PreparedAnswer, Route, SimulatedProtocol } from './simulator/simulated-protocol.js';
export type { SimulatedRequest } from './simulator/simulated-request.js';
export { simulatedText, type SimulatedChat, type SimulatedForm } from './simulator/simulated-text.js';
export {
  answerOptions,
  apiKeyOptions,
  faultOptions,
  limit,
  limitWindowOptions,
  modelsOptions,
  rate,
  serverOptions,
  statusOptions,
  type SimulatorOptions,
} from './simulator/simulator-options.js';
export { startSimulator, type Simulator } from './simulator/simulator.js';
export { addSub, BUILT_IN_MODELS, identityString, logisticRegression } from './triton-simulator/built-in-models.js';
export { startTritonSimulator, type TritonSimulator } from './triton-simulator/triton-simulator.js';
export { tritonSimulatorOptions, type TritonSimulatorOptions } from './triton-simulator/simulator-options.js';
export type { SimulatedTensorModel, TensorDeclaration } from './triton-simulator/tensor-model.js';
export type { SimulatorStats, SimulatorStats as OpenAiSimulatorStats } from './simulator/statistics.js';

export { createCollections, type Collections } from './slt/collect-connector.js';
export { completeSltFile } from './slt/complete-slt-file.js';
export { createFeeds, type FedRow, type Feeds, type FeedsInit } from './slt/feed-connector.js';
export { findSltFiles } from './slt/find-slt-files.js';
export { modesOf, renderSltFailure, runSltFile, type SltFailure, type SltRunOptions } from './slt/run-slt-file.js';
export { createScripts, type RepeatedCalls, type Scripts } from './slt/script-provider.js';
export { parseSltFile, SLT_MODES, type SltFile, type SltMode, type SltRecord } from './slt/slt-file.js';
export { Session as StatementSession } from '../session/session.js';
export type { RowConsumer, StatementResult } from '../session/statement-result.js';

export type { FileFault, FileRequest } from './file-simulator/file-fault.js';
export type { FileServer } from './file-simulator/file-server.js';
export { SLOW_DOWN, startS3Simulator, type S3Object, type S3Simulator, type S3SimulatorInit } from './s3-simulator/s3-simulator.js';
export { startWebFileSimulator, type WebFile, type WebFileSimulator } from './web-file-simulator/web-file-simulator.js';
export { startWebHdfsSimulator, type WebHdfsSimulator, type WebHdfsSimulatorInit } from './webhdfs-simulator/webhdfs-simulator.js';
