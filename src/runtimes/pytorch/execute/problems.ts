import { MillraceError, type Note } from '../../../common/error.js';
import type { CodePlace } from '../code/lexer.js';
import { OTHER_WAYS, unsupported } from '../refusal.js';

const MAX_PROBLEMS = 200;
const LISTED = 20;

interface Problem {
  readonly what: string;
  readonly place: CodePlace;
  readonly notes: readonly Note[];
}

/** What a model uses that this runtime does not support, in the order in which it was met; each place is told once. */
export class Problems {
  readonly #problems = new Map<string, Problem>();

  get isEmpty(): boolean {
    return this.#problems.size === 0;
  }

  add(what: string, place: CodePlace, notes: readonly Note[] = []): void {
    if (this.#problems.size < MAX_PROBLEMS) this.#problems.set(`${what}@${place.file}:${place.line}`, { what, place, notes });
  }

  /** All of them as one error. */
  error(): MillraceError {
    const problems = [...this.#problems.values()];
    const lines = problems.slice(0, LISTED).map(({ what, place }) => `${what} (code/${place.file}, line ${place.line})`);
    const more = problems.length > LISTED ? `; and ${problems.length - LISTED} more` : '';
    const notes = new Map(
      problems.flatMap(problem => problem.notes.filter(note => !OTHER_WAYS.includes(note)).map(note => [note.message, note] as const)),
    );
    return unsupported(`the model uses what the native runtime does not support: ${lines.join('; ')}${more}`, [...notes.values()]);
  }
}
