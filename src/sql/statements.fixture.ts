import { DEFINITIONS } from './definitions.fixture.js';
import { FLINK_CASES } from './flink-cases.fixture.js';
import { PUBLISHED_EXAMPLES } from './published-examples.fixture.js';
import { QUERIES } from './queries.fixture.js';

/** One statement of every form that is read, each a text of its own. */
export const STATEMENTS: readonly string[] = [...PUBLISHED_EXAMPLES, ...QUERIES, ...DEFINITIONS, ...Object.values(FLINK_CASES).flat()];
