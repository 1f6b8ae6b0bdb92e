import { isEmbeddingType, type Field } from '../../spec/data-type.js';
import { oneOf, option } from '../../spec/option.js';

/** The calls of OpenAI's protocol that a model can make. */
export type OpenAiTask = 'chat-completion' | 'embedding';

const PATHS: Readonly<Record<OpenAiTask, string>> = { 'chat-completion': '/chat/completions', embedding: '/embeddings' };

/** The `task` option. */
export const openAiTaskOptions = {
  task: option(oneOf('chat-completion', 'embedding').optional(), {
    doc: 'What the model does; by default told by the end of the endpoint, else by OUTPUT: one ARRAY of FLOAT or DOUBLE is an embedding.',
  }),
};

/** Paths, and addresses, that end in a task's path or stand in front of one. */
export interface TaskPath {
  /** What stands in front of the task's path, without a slash at its end. */
  readonly base: string;
  /** The task whose path it ends in; absent for a base. */
  readonly task: OpenAiTask | undefined;
}

/** Takes the path of a task off the end of a URL's path. */
export function splitTaskPath(pathname: string): TaskPath {
  const path = trimSlashes(pathname);
  const found = Object.entries(PATHS).find(([, suffix]) => path.toLowerCase().endsWith(suffix));
  if (found === undefined) return { base: path, task: undefined };
  const [task, suffix] = found as [OpenAiTask, string];
  return { base: trimSlashes(path.slice(0, -suffix.length)), task };
}

/** The path of a task behind a base. */
export function taskPath(base: string, task: OpenAiTask): string {
  return base + PATHS[task];
}

/** What a model does by its OUTPUT columns, where neither the options nor the endpoint tell. */
export function taskOfOutputs(outputs: readonly Field[]): OpenAiTask {
  const [output, ...more] = outputs;
  return more.length === 0 && output !== undefined && isEmbeddingType(output.type) ? 'embedding' : 'chat-completion';
}

function trimSlashes(path: string): string {
  return path.replace(/\/+$/, '');
}
