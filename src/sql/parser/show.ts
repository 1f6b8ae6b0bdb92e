import type { ObjectKind } from '../ast/ddl.js';
import type { ObjectName } from '../ast/identifier.js';
import type { Describe, JobStatement, Show, ShowCreate, ShowSubject, Use } from '../ast/statement.js';
import type { Cursor } from './cursor.js';
import { isName, parseObjectName } from './name.js';

/** What SHOW lists, and whether FROM may or has to say of what; `name` where the table stands without FROM. */
const SUBJECTS: Readonly<Record<ShowSubject, 'none' | 'optional' | 'required' | 'name'>> = {
  CATALOGS: 'none',
  'CURRENT CATALOG': 'none',
  DATABASES: 'optional',
  'CURRENT DATABASE': 'none',
  TABLES: 'optional',
  VIEWS: 'optional',
  COLUMNS: 'required',
  FUNCTIONS: 'optional',
  'USER FUNCTIONS': 'optional',
  MODELS: 'optional',
  PARTITIONS: 'name',
  PROCEDURES: 'optional',
  MODULES: 'none',
  'FULL MODULES': 'none',
  JARS: 'none',
};
const SUBJECT_NAMES = Object.keys(SUBJECTS) as ShowSubject[];
const SUBJECT_WORDS = [...SUBJECT_NAMES, 'JOBS', 'CREATE'];

/*
  show := SHOW (JOBS | CREATE … | subject [(FROM | IN) objectName] [[NOT] (LIKE | ILIKE) STRING])
*/
export function parseShow(cursor: Cursor): Show | ShowCreate | JobStatement {
  const { start } = cursor;
  cursor.expect('SHOW');
  if (cursor.accept('CREATE')) return parseShowCreate(cursor, start);
  if (cursor.accept('JOBS'))
    return { kind: 'job', action: 'show', job: undefined, savepoint: false, drain: false, span: cursor.spanFrom(start) };
  const subject = SUBJECT_NAMES.find(each => cursor.accept(...each.split(' ')));
  if (subject === undefined)
    throw cursor.unexpected('what to show', {
      keywords: SUBJECT_WORDS.flatMap(each => each.split(' ')),
      note: `such as ${SUBJECT_WORDS.join(', ')}`,
    });
  const from = parseShowFrom(cursor, subject);
  const like = parseShowLike(cursor);
  return { kind: 'show', subject, from, like, span: cursor.spanFrom(start) };
}

function parseShowFrom(cursor: Cursor, subject: ShowSubject): ObjectName | undefined {
  const need = SUBJECTS[subject];
  if (need === 'name') return parseObjectName(cursor, 'a table name');
  if (need !== 'none' && (cursor.accept('FROM') || cursor.accept('IN'))) return parseObjectName(cursor);
  if (need === 'required') throw cursor.unexpected('FROM', { keywords: ['FROM', 'IN'], note: `write SHOW ${subject} FROM t` });
  return undefined;
}

function parseShowLike(cursor: Cursor): Show['like'] {
  const not = cursor.accept('NOT');
  const operator = (['LIKE', 'ILIKE'] as const).find(each => cursor.is(each));
  if (operator === undefined && !not) return undefined;
  if (operator === undefined) throw cursor.unexpected('LIKE or ILIKE', { keywords: ['LIKE', 'ILIKE'] });
  cursor.take();
  return { operator, pattern: cursor.expectString('a pattern as a string').value, not };
}

const CREATABLE: readonly ShowCreate['object'][] = ['TABLE', 'VIEW', 'MODEL', 'CATALOG'];

/*
  showCreate := SHOW CREATE (TABLE | VIEW | MODEL | CATALOG) objectName
*/
function parseShowCreate(cursor: Cursor, start: number): ShowCreate {
  const object = CREATABLE.find(each => cursor.is(each));
  if (object === undefined) throw cursor.unexpected('TABLE, VIEW, MODEL or CATALOG', { keywords: CREATABLE });
  cursor.take();
  const name = parseObjectName(cursor, `a ${object.toLowerCase()} name`);
  return { kind: 'show-create', object, name, span: cursor.spanFrom(start) };
}

const DESCRIBABLE: readonly ObjectKind[] = ['TABLE', 'VIEW', 'MODEL', 'FUNCTION', 'DATABASE', 'CATALOG'];

/*
  describe := (DESCRIBE | DESC) (JOB STRING | [TABLE | VIEW | MODEL | FUNCTION | DATABASE | CATALOG] [EXTENDED] objectName)
*/
export function parseDescribe(cursor: Cursor): Describe | JobStatement {
  const { start } = cursor;
  cursor.take();
  if (cursor.is('JOB') && cursor.peek(1).kind === 'string') {
    cursor.take();
    return { kind: 'job', action: 'describe', job: cursor.take().value, savepoint: false, drain: false, span: cursor.spanFrom(start) };
  }
  // MODEL and the like are names too: DESCRIBE model describes the table "model".
  const object = DESCRIBABLE.find(each => cursor.is(each) && (each === 'TABLE' || each === 'FUNCTION' || isObjectAhead(cursor)));
  if (object !== undefined) cursor.take();
  const extended = cursor.accept('EXTENDED');
  const name = parseObjectName(cursor, `a ${(object ?? 'table').toLowerCase()} name`);
  return { kind: 'describe', object: object ?? 'TABLE', extended, name, span: cursor.spanFrom(start) };
}

function isObjectAhead(cursor: Cursor): boolean {
  const next = cursor.peek(1);
  return next.key === 'EXTENDED' || isName(next);
}

/*
  use := USE (CATALOG identifier | objectName)
*/
export function parseUse(cursor: Cursor): Use {
  const { start } = cursor;
  cursor.expect('USE');
  const object = cursor.is('CATALOG') && isName(cursor.peek(1)) ? 'CATALOG' : 'DATABASE';
  if (object === 'CATALOG') cursor.take();
  const name = parseObjectName(cursor, object === 'CATALOG' ? 'a catalog name' : 'a database name');
  return { kind: 'use', object, name, span: cursor.spanFrom(start) };
}

/*
  stopJob := STOP JOB STRING [WITH SAVEPOINT] [WITH DRAIN]
*/
export function parseStopJob(cursor: Cursor): JobStatement {
  const { start } = cursor;
  cursor.expect('STOP', 'JOB');
  const job = cursor.expectString('the id of the job as a string').value;
  const savepoint = cursor.accept('WITH', 'SAVEPOINT');
  const drain = cursor.accept('WITH', 'DRAIN');
  if (drain && !savepoint)
    throw cursor.error({ message: 'WITH DRAIN needs WITH SAVEPOINT', span: cursor.previous.span, note: 'write WITH SAVEPOINT WITH DRAIN' });
  return { kind: 'job', action: 'stop', job, savepoint, drain, span: cursor.spanFrom(start) };
}
