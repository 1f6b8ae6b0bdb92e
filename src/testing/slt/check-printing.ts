import { MillraceError } from '../../common/error.js';
import { isJob, type Session, type Statement } from '../../session/session.js';
import { parseStatement } from '../../sql/parser.js';
import { printStatement } from '../../sql/printer.js';

/**
 * Holds the printer to its word: printing a statement, reading that and printing it again gives the same text, and a
 * query or INSERT that was printed has the plan of the original.
 *
 * @throws {MillraceError} `INTERNAL` with both texts.
 */
export function checkPrinting(statement: Statement, session: Session): void {
  const printed = printStatement(statement);
  const again = reread(printed);
  if (printStatement(again) !== printed) throw broken('the printed statement prints as another one', printed, printStatement(again));
  if (!isJob(statement) || !isJob(again)) return;
  const [plan, planAgain] = [explainIfValid(statement, session), explainIfValid(again, session)];
  if (plan !== planAgain) throw broken('the printed statement has another plan', plan ?? 'none', planAgain ?? 'none');
}

function reread(printed: string): Statement {
  try {
    return parseStatement(printed);
  } catch (thrown) {
    throw broken('the printed statement cannot be read', printed, (thrown as Error).message);
  }
}

function explainIfValid(statement: Parameters<Session['explain']>[0], session: Session): string | undefined {
  try {
    return session.explain(statement);
  } catch {
    return undefined;
  }
}

function broken(message: string, left: string, right: string): MillraceError {
  return new MillraceError({ code: 'INTERNAL', message: `${message}:\n${left}\nand\n${right}` });
}
