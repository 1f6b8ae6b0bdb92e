// The causes and examples of errors, from error-examples.md: tests run what stands there.
import { readFileSync } from 'node:fs';

const SOURCE = 'scripts/reference/error-examples.md';

/**
 * What the examples have in common, and the text of each code's section.
 *
 * @throws where a section has no code, a code has no section, or an example shows another error.
 */
export function readErrorExamples(codes) {
  const [head, ...parts] = readFileSync(SOURCE, 'utf8').split(/^## /m);
  const sections = new Map(parts.map(part => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n')).trim()]));
  const problems = [
    ...[...sections.keys()].filter(name => !codes.includes(name)).map(name => `there is no error ${name}`),
    ...codes.filter(name => !sections.has(name)).map(name => `${name} has no section with its cause and an example`),
    ...[...sections].filter(([name, text]) => !shows(name, text)).map(([name]) => `the example of ${name} does not show it`),
  ];
  if (problems.length > 0) throw new Error(`${SOURCE}: ${problems.join('; ')}`);
  return { common: head.slice(head.indexOf('\n')).trim(), sections };
}

/** Whether the section ends with the error, or says why there is no example. */
function shows(name, text) {
  return text.includes(`\`\`\`text\nerror[${name}]: `) || /^No example: \S/m.test(text);
}
