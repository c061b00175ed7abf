import { existsSync, readFileSync } from 'node:fs';
import { CHANNEL_TYPES, type Feature, type MessagePart } from '@tributary/protocol';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import type { Suite } from './suite.ts';

const LEVELS = ['full', 'partial', 'fallback', 'dropped', 'rejected'];
const FEATURES = [
  'text',
  'buttons',
  'quickReplies',
  'list',
  'card',
  'carousel',
  'image',
  'video',
  'audio',
  'document',
  'sticker',
  'location',
  'contact',
  'template',
  'reaction',
  'reply',
  'edit',
  'remove',
  'typing',
  'deliveryReceipt',
  'readReceipt',
] as const;
const ABILITIES = [
  ['typing', 'typing'],
  ['edit', 'edit'],
  ['remove', 'remove'],
] as const;

/** What the adapter says about itself: its config's form, its capabilities. */
export function describeDeclaration<Config>(suite: Suite<Config>): void {
  const { adapter, config } = suite;
  const properties = adapter.config.properties as Record<string, { title?: string; description?: string }>;

  describe('says what it is', () => {
    test('with a known type, a title, a base URL without a trailing slash and a body limit', () => {
      expect(CHANNEL_TYPES).toContain(adapter.type);
      expect(adapter.title).not.toBe('');
      expect(adapter.baseUrl(config)).not.toMatch(/\/$/);
      expect(adapter.bodyLimit).toBeGreaterThan(0);
      expect(adapter.account(config)).not.toBe('');
    });

    test('with a title and a description for every field of its config', () => {
      expect(Object.keys(properties)).not.toEqual([]);
      for (const [name, field] of Object.entries(properties)) {
        expect(field.title, `title of ${name}`).toBeTruthy();
        expect(field.description, `description of ${name}`).toBeTruthy();
      }
    });

    test('with a config schema that takes the config of these tests and names every secret', () => {
      expect([...Value.Errors(adapter.config, config)]).toEqual([]);
      for (const secret of adapter.secrets) expect(Object.keys(properties)).toContain(secret);
    });

    test('in a page for whoever connects it', () => {
      // Beside the fixtures, or above them where a channel has several providers.
      const page = ['../README.md', '../../README.md'].map((path) => new URL(path, suite.fixtures)).find(existsSync);
      expect(page, 'README.md').toBeDefined();
      expect(readFileSync(page!, 'utf8')).not.toContain('Not written yet');
    });

    test('with addresses as a caller writes them, and nothing else', () => {
      expect(adapter.address(suite.to.value, config)).toMatchObject({ value: suite.to.value });
      for (const nobody of ['', ' ', '\0', '\ud800']) expect(adapter.address(nobody, config)).toBeUndefined();
    });

    test('with defaults that leave what the caller gave', () => {
      if (!adapter.defaults) return;
      let made = 0;
      const random = () => `random_${String(++made).padStart(25, '0')}`;
      expect(adapter.defaults(config, random)).toMatchObject(config as object);
      const filled = adapter.defaults({}, random);
      for (const name of Object.keys(filled)) expect(Object.keys(properties)).toContain(name);
    });

    test('with capabilities whose levels and limits are well formed', () => {
      const capabilities = adapter.capabilities(config);
      for (const name of FEATURES) {
        const feature = capabilities[name] as Feature & Record<string, unknown>;
        expect(feature, name).toBeTypeOf('object');
        expect(feature.in ?? feature.out, `${name} has a level in some direction`).toBeDefined();
        for (const level of [feature.in, feature.out]) if (level !== undefined) expect(LEVELS, name).toContain(level);
        for (const [limit, value] of Object.entries(feature)) {
          if (typeof value === 'number') expect(value, `${name}.${limit}`).toBeGreaterThanOrEqual(0);
        }
      }
      expect(capabilities.rate.perSecond).toBeGreaterThan(0);
      expect(capabilities.rate.burst).toBeGreaterThan(0);
      if (capabilities.buttons.out === 'full') expect(capabilities.buttons.kinds).not.toEqual([]);
    });

    test('with the abilities its capabilities promise, and no others', () => {
      const capabilities = adapter.capabilities(config);
      const text: MessagePart = { content: { type: 'text', text: 'Hello' } };
      // Where one provider of several cannot, it is asked for nothing.
      const asked = {
        typing: () => adapter.typing?.(suite.to, true, config, { externalId: suite.externalId }),
        edit: () => adapter.edit?.(suite.externalId, text, suite.context(), config),
        remove: () => adapter.remove?.(suite.externalId, suite.context(), config),
      };
      for (const [feature, ability] of ABILITIES) {
        const promised = capabilities[feature].out === 'full' || capabilities[feature].out === 'partial';
        if (promised) expect(adapter[ability], `${ability} is there, because ${feature} is declared`).toBeDefined();
        else
          expect(asked[ability]() ?? [], `${ability} asks for nothing, because ${feature} is not declared`).toEqual([]);
      }
    });
  });
}
