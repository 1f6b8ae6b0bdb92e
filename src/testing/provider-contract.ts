import { checkAnswers } from './provider-contract/answer-checks.js';
import { checkFailures } from './provider-contract/failure-checks.js';
import { checkModel } from './provider-contract/model-checks.js';
import type { Contract, ProviderContract } from './provider-contract/service-under-test.js';

export type {
  ContractFeature,
  ModelVariant,
  ProviderContract,
  RetryHeaders,
  ServiceCondition,
  ServiceUnderTest,
} from './provider-contract/service-under-test.js';

/** What every provider must hold to. A provider's own test calls this once for each task, with its simulator. */
export function providerContract({ name, task = 'other', open, except = [] }: ProviderContract): void {
  const contract: Contract = {
    name,
    task,
    has: feature => !except.includes(feature),
    async under(condition, check) {
      const service = await open(condition);
      try {
        await check(service);
      } finally {
        await service.model.close?.();
        await service.close();
      }
    },
  };
  checkAnswers(contract);
  checkFailures(contract);
  checkModel(contract);
}
