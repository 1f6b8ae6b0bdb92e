import type { Body } from '../simulator/json-body.js';
import type { PreparedAnswer } from '../simulator/simulated-protocol.js';
import { safe } from './wire-error.js';

interface Choice {
  readonly finish_reason: string;
}

/** Adds what the content filter says of the prompt and of every choice. */
export function withFilterResults(answer: PreparedAnswer): PreparedAnswer {
  const completion = JSON.parse(answer.body.toString()) as { readonly choices: readonly Choice[] };
  const harmless = { hate: safe(), self_harm: safe(), sexual: safe(), violence: safe() };
  const choices = completion.choices.map(choice => ({ ...choice, content_filter_results: { ...harmless, ...verdict(choice) } }));
  const prompt = { prompt_index: 0, content_filter_results: { ...harmless, jailbreak: { filtered: false, detected: false } } };
  return { ...answer, body: JSON.stringify({ ...completion, choices, prompt_filter_results: [prompt] }) };
}

function verdict({ finish_reason: finish }: Choice): object {
  return finish === 'content_filter' ? { violence: { filtered: true, severity: 'medium' } } : {};
}

/**
 * Counts the prompt and all of `max_tokens` for each choice against the limit, as Azure does when it admits a request.
 * https://learn.microsoft.com/azure/ai-services/openai/how-to/quota#understanding-rate-limits
 */
export function limitWithReserve(answer: PreparedAnswer, body: Body): PreparedAnswer {
  const reserve = body['max_completion_tokens'] ?? body['max_tokens'];
  if (typeof reserve !== 'number') return answer;
  const choices = typeof body['n'] === 'number' ? body['n'] : 1;
  return { ...answer, amounts: { ...answer.amounts, tokens: answer.promptTokens + reserve * choices } };
}
