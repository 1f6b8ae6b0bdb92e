// docs/reference/outcomes.md: what came back from a model, and what happens.
import { OUTCOME_DOCS, OUTCOMES } from '../../dist/inference/outcomes.js';
import { code, pageHead, table } from './markdown.mjs';

export function outcomesPage() {
  return [
    ...pageHead('Outcomes of model calls'),
    'Every attempt that gave no answer has one row here, whatever the provider. Of two rows with one code the one that names the status holds.',
    'The codes are those of [errors](errors.md); a code that is not listed is given up.',
    '',
    ...table(
      ['Code', 'HTTP status', 'What came back', 'What happens'],
      OUTCOMES.map(({ code: name, statuses, outcome, doc }) => [
        `[${code(name)}](errors.md#${name.toLowerCase()})`,
        statuses === undefined ? 'any other, or none' : statuses.join(', '),
        doc,
        outcome,
      ]),
    ),
    '',
    'An HTTP status is tried again only where `retry.on-codes` lists it, and a status in that list is tried again also where the table gives up,',
    'but for quota: no retry fills an account.',
    '',
    ...table(
      ['What happens', 'That is'],
      Object.entries(OUTCOME_DOCS).map(([outcome, doc]) => [outcome, doc]),
    ),
    '',
  ].join('\n');
}
