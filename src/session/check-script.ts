import { MillraceErrors, type MillraceError } from '../common/error.js';
import { toPlanningError } from '../planner/binder/plan-limits.js';
import type { Statement } from '../sql/ast/statement.js';
import { parseScript } from '../sql/parser.js';
import type { FollowUps } from './follow-ups.js';

export interface ScriptCheck {
  /** Takes a statement as far as it goes without running; definitions take effect. */
  readonly check: (statement: Statement) => Promise<void>;
  /** Names whose definition failed in the texts before; learns those of this one. */
  readonly followUps: FollowUps;
}

/**
 * Goes through a script without running it.
 *
 * A statement that cannot be read or planned hides nothing of those behind it, but what is said of a name whose definition
 * failed is left out.
 *
 * @returns all problems, in the order of the text.
 */
export async function checkScript(text: string, { check, followUps }: ScriptCheck): Promise<MillraceError[]> {
  const { script, errors, failed } = parseScript(text);
  const found = [...errors];
  const steps = [...script.statements, ...failed].toSorted((a, b) => a.span.start - b.span.start);
  for (const step of steps) {
    if (step.kind === 'failed') followUps.addText(text.slice(step.span.start, step.span.end));
    else found.push(...followUps.withoutFollowUps(step, await problemsOf(step, check)));
  }
  return found.toSorted((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
}

async function problemsOf(statement: Statement, check: ScriptCheck['check']): Promise<readonly MillraceError[]> {
  try {
    await check(statement);
    return [];
  } catch (thrown) {
    return (thrown instanceof MillraceErrors ? thrown.errors : [toPlanningError(thrown)]).map(error => error.at(statement.span));
  }
}
