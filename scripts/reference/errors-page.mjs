// docs/reference/errors.md: every code, who can mend it, and the next step.
import { ERROR_CODES } from '../../dist/common/error-codes.js';
import { code, pageHead, table } from './markdown.mjs';

const DOMAINS = [
  ['user', 'Yours to mend', 'The SQL, an option, a file or the command line needs a change. `millrace` ends with exit code 2.'],
  [
    'external',
    "An outside system's",
    'A file, a service, a model or a record. `millrace` ends with exit code 1; the same script can be started again.',
  ],
  ['internal', 'Ours', 'A defect of Millrace. `millrace` ends with exit code 1 and prints where it happened.'],
];

export async function errorsPage() {
  const entries = Object.entries(ERROR_CODES);
  return [
    ...pageHead('Errors'),
    'An error is printed as `error[CODE]: message`, then the place in the SQL or in the running job, then the next step.',
    'A program that uses the library looks at `code`, `domain` and `retry` of `MillraceError`, never at the message.',
    ...DOMAINS.flatMap(([domain, title, what]) => [
      '',
      `## ${title}`,
      '',
      what,
      '',
      ...table(
        ['Code', 'What happened', 'What to do'],
        entries.filter(([, entry]) => entry.domain === domain).map(([name, { summary, fix }]) => [code(name), summary, fix]),
      ),
    ]),
    '',
  ].join('\n');
}
