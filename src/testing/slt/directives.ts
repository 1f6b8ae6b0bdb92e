/** What may stand in a record of a directive. */
export interface DirectiveShape {
  /** The words after the directive, separated by single spaces. */
  readonly words: RegExp;
  readonly usage: string;
  readonly body: 'none' | 'some';
  /** Whether lines may follow `----`; where they are due, a record without them expects none. */
  readonly answer: 'none' | 'optional' | 'due';
}

const NAME = '[\\w.-]+';

/** Every directive of a `.slt` file. */
export const DIRECTIVES = {
  statement: { words: /^(ok|error [A-Z_]+)$/, usage: '"statement ok" or "statement error CODE"', body: 'some', answer: 'optional' },
  query: { words: /^(rowsort)?$/, usage: '"query" or "query rowsort"', body: 'some', answer: 'due' },
  explain: { words: /^(logical|physical)$/, usage: '"explain logical" or "explain physical"', body: 'some', answer: 'due' },
  check: { words: /^$/, usage: '"check"', body: 'some', answer: 'due' },
  job: { words: new RegExp(`^${NAME}$`), usage: '"job NAME"', body: 'some', answer: 'none' },
  feed: { words: new RegExp(`^${NAME}$`), usage: '"feed TABLE"', body: 'some', answer: 'none' },
  end: { words: new RegExp(`^${NAME}$`), usage: '"end TABLE"', body: 'none', answer: 'none' },
  advance: { words: /^\d+ (ms|s|min|h|d)$/, usage: '"advance 50 ms"', body: 'none', answer: 'none' },
  changelog: {
    words: new RegExp(`^${NAME}( rowsort)?$`),
    usage: '"changelog SINK" or "changelog SINK rowsort"',
    body: 'none',
    answer: 'due',
  },
  snapshot: { words: new RegExp(`^${NAME}( rowsort)?$`), usage: '"snapshot SINK" or "snapshot SINK rowsort"', body: 'none', answer: 'due' },
  restore: { words: new RegExp(`^${NAME}$`), usage: '"restore JOB"', body: 'none', answer: 'none' },
  crash: { words: new RegExp(`^${NAME}$`), usage: '"crash JOB"', body: 'none', answer: 'none' },
  failure: { words: new RegExp(`^${NAME} [A-Z_]+$`), usage: '"failure JOB CODE"', body: 'none', answer: 'optional' },
  metric: { words: new RegExp(`^${NAME} ${NAME}$`), usage: '"metric JOB NAME"', body: 'none', answer: 'due' },
  script: { words: new RegExp(`^${NAME}$`), usage: '"script MODEL"', body: 'some', answer: 'none' },
  calls: { words: new RegExp(`^${NAME}( rowsort)?$`), usage: '"calls MODEL" or "calls MODEL rowsort"', body: 'none', answer: 'due' },
} as const satisfies Record<string, DirectiveShape>;

export type Directive = keyof typeof DIRECTIVES;

export function isDirective(word: string): word is Directive {
  return Object.hasOwn(DIRECTIVES, word);
}
