import type { Body } from '../simulator/json-body.js';
import { numberMember } from './request-members.js';
import { invalidRequest } from './wire-error.js';

/** Models released after Claude Opus 4.6, which choose for themselves. https://platform.claude.com/docs/en/api/messages/create */
const WITHOUT_SAMPLING = /^claude-(opus-4-[7-9]|(opus|sonnet|haiku|fable|mythos)-[5-9])/;
/** Models that take temperature or top_p, and not both. */
const ONE_OF_BOTH = /^claude-(opus-4-[1-6]|(sonnet|haiku)-4-[5-9])/;

/** Checks `temperature`, `top_p` and `top_k` by what the model takes. @throws {Refusal} 400 */
export function checkSampling(body: Body, model: string): void {
  const temperature = numberMember(body, 'temperature', { min: 0, max: 1 });
  const topP = numberMember(body, 'top_p', { min: 0, max: 1 });
  const topK = numberMember(body, 'top_k', { min: 0, integer: true });
  if (WITHOUT_SAMPLING.test(model)) {
    if (temperature !== undefined && temperature !== 1) throw deprecated('temperature');
    if (topP !== undefined && topP < 0.99) throw deprecated('top_p');
    if (topK !== undefined) throw deprecated('top_k');
  }
  if (ONE_OF_BOTH.test(model) && temperature !== undefined && topP !== undefined)
    throw invalidRequest('`temperature` and `top_p` cannot both be specified for this model. Please use only one.');
}

function deprecated(member: string): Error {
  return invalidRequest(`\`${member}\` is deprecated for this model.`);
}
