import { readArray } from './words.js';
import { childOf, numberAttribute, parseNumber, refuse, type XmlElement } from './xml-element.js';

/** Numbers of an `Array`. @throws {MillraceError} `MODEL_LOAD` when one is not a number. */
export function readNumbers(element: XmlElement): number[] {
  return readArray(element).map(text => parseNumber(text) ?? refuse(element, `"${text.slice(0, 40)}" in the array is not a number`));
}

// A cell that is not written costs memory too, so a matrix may be only so much larger than what is written of it.
const MOST_FILLED = 16;

/** Numbers of an `Array` or of a `REAL-SparseArray` or `INT-SparseArray`, written out: `width` of them. */
export function readVector(element: XmlElement, width: number): number[] {
  if (element.name === 'Array') {
    const values = readNumbers(element);
    return values.length === width ? values : refuse(element, `an array has ${values.length} values for ${width} fields`);
  }
  const prefix = element.name === 'INT-SparseArray' ? 'INT' : 'REAL';
  const indices = childOf(element, 'Indices');
  const entries = childOf(element, `${prefix}-Entries`);
  const at = indices === undefined ? [] : readNumbers(indices);
  const values = entries === undefined ? [] : readNumbers(entries);
  if (at.length !== values.length) refuse(element, `a sparse array has ${at.length} indices, but ${values.length} entries`);
  const length = numberAttribute(element, 'n') ?? width;
  if (length > width) refuse(element, `a sparse array of ${length} values for ${width} fields`);
  const absent = numberAttribute(element, 'defaultValue') ?? 0;
  // A sparse array need not tell the zeros at its end.
  const vector = Array.from({ length: width }, () => absent);
  for (const [i, index] of at.entries()) {
    if (!Number.isInteger(index) || index < 1 || index > width)
      refuse(element, `index ${index} is outside the sparse array of ${width} values`);
    vector[index - 1] = values[i]!;
  }
  return vector;
}

/** Rows of a `Matrix`: one Array a row, or MatCells. A triangle that `kind` leaves out is mirrored. */
export function readMatrix(element: XmlElement): number[][] {
  const arrays = element.children.filter(child => child.name === 'Array');
  const kind = element.attributes.get('kind') ?? 'any';
  if (arrays.length > 0) {
    const rows = arrays.map(readNumbers);
    if (kind === 'diagonal')
      return rows[0]!.map((value, i) => rows[0]!.map((_, j) => (i === j ? value : (numberAttribute(element, 'offDiagDefault') ?? 0))));
    if (kind === 'symmetric') return rows.map((row, i) => rows.map((other, j) => row[j] ?? other[i] ?? 0));
    return rows;
  }
  const cells = element.children.filter(child => child.name === 'MatCell');
  const size = (name: string, attribute: string): number => {
    const told = numberAttribute(element, name);
    return told ?? cells.reduce((most, cell) => Math.max(most, numberAttribute(cell, attribute) ?? 0), 0);
  };
  const [rowCount, columnCount] = [size('nbRows', 'row'), size('nbCols', 'col')];
  if (!(rowCount >= 0 && columnCount >= 0 && rowCount * columnCount <= MOST_FILLED * (cells.length + 4)))
    refuse(element, `a matrix of ${rowCount} x ${columnCount}`);
  const rows = Array.from({ length: rowCount }, (_, i) =>
    Array.from({ length: columnCount }, (__, j) => numberAttribute(element, i === j ? 'diagDefault' : 'offDiagDefault') ?? 0),
  );
  for (const cell of cells) {
    const [row, column] = [numberAttribute(cell, 'row') ?? 0, numberAttribute(cell, 'col') ?? 0];
    const value = parseNumber(cell.text);
    if (rows[row - 1]?.[column - 1] === undefined || value === undefined) refuse(cell, 'a cell is outside its matrix, or not a number');
    rows[row - 1]![column - 1] = value;
    if (kind === 'symmetric') rows[column - 1]![row - 1] = value;
  }
  return rows;
}
