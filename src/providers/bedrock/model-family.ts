/** How a model can be held to a schema: by Bedrock itself, by a tool that it must use, or by words alone. */
export type StructuredForm = 'schema' | 'tool' | 'prompt';

/** What models of one maker have in common on Bedrock. */
export interface ModelFamily {
  /** Matched against the id without its region, such as `anthropic.claude-sonnet-4-5-20250929-v1:0`. */
  readonly pattern: RegExp;
  readonly structured: StructuredForm;
  /** Where `top-k` goes among the additional fields; absent where the models have none, or it is not known. */
  readonly topK?: (k: number) => Readonly<Record<string, unknown>>;
}

const snakeTopK = (k: number): Readonly<Record<string, unknown>> => ({ top_k: k });

/**
 * The first that matches counts; models that none matches take instructions only.
 *
 * Schemas by https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html, tools that must be used by
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolChoice.html.
 */
const FAMILIES: readonly ModelFamily[] = [
  { pattern: /^anthropic\.claude-(v2|instant)/, structured: 'prompt', topK: snakeTopK },
  // Claude 3 and 4, up to the last of them without schemas: Opus 4.1 and Sonnet 4.
  { pattern: /^anthropic\.claude-(3|(opus|sonnet|haiku)-4(-[01])?(-\d{8}|$|:))/, structured: 'tool', topK: snakeTopK },
  { pattern: /^anthropic\./, structured: 'schema', topK: snakeTopK },
  { pattern: /^amazon\.nova-/, structured: 'tool', topK: k => ({ inferenceConfig: { topK: k } }) },
  { pattern: /^mistral\.(mistral-large-24|pixtral)/, structured: 'tool', topK: snakeTopK },
  { pattern: /^mistral\.(mistral-7b|mixtral|mistral-small-24)/, structured: 'prompt', topK: snakeTopK },
  { pattern: /^mistral\./, structured: 'schema', topK: snakeTopK },
  { pattern: /^deepseek\.r1/, structured: 'prompt' },
  { pattern: /^cohere\.command/, structured: 'prompt', topK: k => ({ k }) },
  { pattern: /^(qwen|deepseek|openai|google|nvidia|minimax|moonshot|moonshotai)\./, structured: 'schema' },
];

/**
 * The foundation model that an id, inference profile or ARN names, without region prefix: `us.amazon.nova-pro-v1:0` and
 * `arn:aws:bedrock:…:foundation-model/amazon.nova-pro-v1:0` are `amazon.nova-pro-v1:0`. Names that do not tell stay as they are.
 */
export function foundationModel(model: string): string {
  const name = model.startsWith('arn:') ? model.slice(model.lastIndexOf('/') + 1) : model;
  return name.replace(/^([a-z]{2}(-gov)?|apac|global)\./, '');
}

/** @param model as `foundationModel` gives it. */
export function familyOf(model: string): ModelFamily | undefined {
  return FAMILIES.find(({ pattern }) => pattern.test(model));
}
