// docs/reference/errors.md: every code, who can mend it, its cause, the next step, and an example.
import { ERROR_CODES } from '../../dist/common/error-codes.js';
import { readErrorExamples } from './error-examples.mjs';
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
  const { common, sections } = readErrorExamples(entries.map(([name]) => name));
  return [
    ...pageHead('Errors'),
    'An error is printed as `error[CODE]: message`, then the place in the SQL or in the running job, then the next step.',
    'A program that uses the library looks at `code`, `domain` and `retry` of `MillraceError`, never at the message.',
    '',
    common,
    ...DOMAINS.flatMap(([domain, title, what]) => {
      const ofDomain = entries.filter(([, entry]) => entry.domain === domain);
      return [
        '',
        `## ${title}`,
        '',
        what,
        '',
        ...table(
          ['Code', 'What happened'],
          ofDomain.map(([name, { summary }]) => [`[${code(name)}](#${name.toLowerCase()})`, summary]),
        ),
        ...ofDomain.flatMap(([name, { summary, fix }]) => [
          '',
          `### ${name}`,
          '',
          `${summary} ${sections.get(name).replace(/\n|$/, `\n\nWhat to do: ${fix}\n`)}`.trim(),
        ]),
      ];
    }),
    '',
  ].join('\n');
}
