import { AGGREGATES } from './aggregates.js';
import { ARITHMETIC } from './arithmetic.js';
import { DATES } from './dates.js';
import type { FunctionCompiler } from './function-kit.js';
import { LOGIC } from './logic.js';
import { MATH } from './math.js';
import { TEXT } from './text.js';

/** The built-in functions of PMML. https://dmg.org/pmml/v4-4-1/BuiltinFunctions.html */
export const FUNCTIONS: Readonly<Record<string, FunctionCompiler>> = {
  ...ARITHMETIC,
  ...AGGREGATES,
  ...MATH,
  ...LOGIC,
  ...TEXT,
  ...DATES,
};
