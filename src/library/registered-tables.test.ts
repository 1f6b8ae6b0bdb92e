import { INT, STRING } from '../spec/data-type.js';
import { sourceContract } from '../testing/source-contract.js';
import { tableContext } from '../testing/table-context.js';
import { RegisteredTables, type RowSource } from './registered-tables.js';

const ROWS = [
  { n: 1, s: 'a' },
  { n: 2, s: null },
  { n: 3, s: 'c' },
  { n: 4, s: '' },
];

async function* later(): AsyncGenerator<(typeof ROWS)[number]> {
  for (const row of ROWS) {
    await new Promise(resolve => setTimeout(resolve, 1));
    yield row;
  }
}

const SOURCES: Readonly<Record<string, RowSource<unknown>>> = { array: ROWS, 'async iterable': later };

for (const [name, rows] of Object.entries(SOURCES)) {
  sourceContract({
    name: `registered ${name}`,
    open: async () => {
      const tables = new RegisteredTables();
      const id = tables.add({ kind: 'source', rows, boundedness: 'bounded' });
      const fields = [
        { name: 'n', type: INT },
        { name: 's', type: STRING },
      ];
      const source = await tables.connector.createSource!(
        tableContext({ connector: tables.connector, fields, options: { id } }),
        undefined,
      );
      return { source, rows: ROWS.map(({ n, s }) => [n, s]) };
    },
  });
}
