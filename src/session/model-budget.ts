import { nameText, type ModelObject } from '../catalog/objects.js';
import type { Clock } from '../common/clock.js';
import { MillraceError } from '../common/error.js';
import type { Logger } from '../common/logger.js';
import { Budget } from '../inference/budget.js';
import type { ModelPrice } from '../inference/model-price.js';
import type { RuntimeOptions } from '../inference/options.js';

export interface ModelBudgetsInit {
  readonly clock: Clock;
  readonly log: Logger;
}

export interface BudgetOptions {
  readonly options: RuntimeOptions;
  readonly hasFallback: boolean;
  /** Absent where no price is known. */
  readonly price: ModelPrice | undefined;
}

/** The budgets of a session: one for each model and its bounds, for all call sites and jobs together. */
export class ModelBudgets {
  readonly #init: ModelBudgetsInit;
  readonly #budgets = new Map<string, Budget>();

  constructor(init: ModelBudgetsInit) {
    this.#init = init;
  }

  /**
   * The budget that options set; `undefined` where they set none.
   *
   * @throws {MillraceError} `INVALID_OPTION` for a bound of money without a price, and for a fallback without a model.
   */
  of(model: ModelObject, init: BudgetOptions): Budget | undefined {
    const bounds = Object.entries(init.options).filter(([key]) => key.startsWith('budget.'));
    const key = JSON.stringify([nameText(model.name), bounds]);
    const budget = this.#budgets.get(key) ?? createBudget({ model: model.name.object, ...init, ...this.#init });
    if (budget) this.#budgets.set(key, budget);
    return budget;
  }
}

function createBudget({
  model,
  options,
  hasFallback,
  price,
  clock,
  log,
}: BudgetOptions & ModelBudgetsInit & { readonly model: string }): Budget | undefined {
  const { 'budget.max-cost': maxCost, 'budget.max-tokens': maxTokens, 'budget.window': windowMs, 'budget.action': action } = options;
  if (maxCost === undefined && maxTokens === undefined) return undefined;
  if (maxCost !== undefined && price === undefined) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `"budget.max-cost" bounds the cost of model "${model}", and no price of it is known`,
      notes: [{ message: 'add its price to a file and SET \'prices.path\' to it, or bound the tokens with "budget.max-tokens"' }],
    });
  }
  if (action === 'fallback' && !hasFallback) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `"budget.action" of model "${model}" is "fallback", and it has no "fallback.model"`,
      notes: [{ message: 'name one, or use "pause" or "fail"' }],
    });
  }
  const onSpent = (bounds: string): void => log.error(`the budget of the model is spent; action: ${action}`, { model, budget: bounds });
  return new Budget({ model, maxCost, maxTokens, windowMs, action, price, clock, onSpent });
}
