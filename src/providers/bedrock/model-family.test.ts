import assert from 'node:assert/strict';
import { test } from 'node:test';
import { familyOf, foundationModel } from './model-family.js';

test('ids, inference profiles and ARNs name the same foundation model', () => {
  const names: readonly (readonly [string, string])[] = [
    ['amazon.nova-pro-v1:0', 'amazon.nova-pro-v1:0'],
    ['us.amazon.nova-pro-v1:0', 'amazon.nova-pro-v1:0'],
    ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['us-gov.anthropic.claude-3-haiku-20240307-v1:0', 'anthropic.claude-3-haiku-20240307-v1:0'],
    ['arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-1-8b-instruct-v1:0', 'meta.llama3-1-8b-instruct-v1:0'],
    ['arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0', 'amazon.nova-lite-v1:0'],
    ['arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3', 'a1b2c3'],
    ['qwen.qwen3.5-32b-v1:0', 'qwen.qwen3.5-32b-v1:0'],
    ['deepseek.v3.2', 'deepseek.v3.2'],
  ];
  for (const [model, name] of names) assert.equal(foundationModel(model), name);
});

test('how a family is held to a schema', () => {
  const forms: readonly (readonly [string, string | undefined])[] = [
    ['anthropic.claude-v2:1', 'prompt'],
    ['anthropic.claude-3-5-sonnet-20241022-v2:0', 'tool'],
    ['anthropic.claude-sonnet-4-20250514-v1:0', 'tool'],
    ['anthropic.claude-opus-4-1-20250805-v1:0', 'tool'],
    ['anthropic.claude-haiku-4-5-20251001-v1:0', 'schema'],
    ['anthropic.claude-opus-4-6-v1', 'schema'],
    ['anthropic.claude-sonnet-5', 'schema'],
    ['amazon.nova-micro-v1:0', 'tool'],
    ['mistral.mistral-large-2407-v1:0', 'tool'],
    ['mistral.mixtral-8x7b-instruct-v0:1', 'prompt'],
    ['mistral.mistral-large-3-675b-instruct', 'schema'],
    ['openai.gpt-oss-120b-1:0', 'schema'],
    ['deepseek.r1-v1:0', 'prompt'],
    ['deepseek.v3-v1:0', 'schema'],
    ['cohere.command-r-plus-v1:0', 'prompt'],
    ['meta.llama3-1-8b-instruct-v1:0', undefined],
    ['a1b2c3', undefined],
  ];
  for (const [model, form] of forms) assert.equal(familyOf(model)?.structured, form, model);
});
