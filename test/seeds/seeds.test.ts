import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../stage/inside.ts';
import { BLOCKS } from './blocks.ts';
import { type Block, DOCUMENTS, hashOf, readBlocks, readText } from './read_document.ts';

const found = Object.keys(DOCUMENTS).flatMap(readBlocks);
const sentences = Object.entries(BLOCKS).flatMap(([name, { sentence }]): Block[] => {
  if (!sentence) return [];
  const document = name.split(': ')[0]!;
  const line = readText(document).slice(0, readText(document).indexOf(sentence)).split('\n').length;
  return [{ name, document, line, kind: 'sentence', text: sentence }];
});
const blocks = new Map([...found, ...sentences].map((block) => [block.name, block]));
const runs = Object.entries(BLOCKS).flatMap(([name, { run }]) => (run ? [[name, run] as const] : []));
const pending = Object.entries(BLOCKS).flatMap(([name, entry]) =>
  (entry.pending ?? []).map((one) => ({ ...one, name, label: one.part ? `${name} · ${one.part}` : name })),
);

/** A platform and a Lab of its own for each block: what one leaves behind must not help the next. */
async function openSeedStage(): Promise<Stage> {
  const stage = await openStage();
  stage.lab.configure({ autoReadMs: 20, limits: false });
  return stage;
}

describe('the registry', () => {
  it.each(Object.entries(DOCUMENTS))('speaks of %s as it was given', (document, hash) => {
    expect(hashOf(document)).toBe(hash);
  });

  it('overlooks no fence and no table', () => {
    for (const document of Object.keys(DOCUMENTS)) {
      const text = readText(document);
      const mine = found.filter((block) => block.document === document);
      expect(mine.filter(({ kind }) => kind !== 'table').length * 2).toBe(text.match(/```|~~~/g)?.length ?? 0);
      expect(mine.filter(({ kind }) => kind === 'table').length).toBe(text.match(/^\|[\s:|-]+\|$/gm)?.length ?? 0);
    }
  });

  it('names every block of the documents', () => {
    expect(found.map(({ name }) => name).filter((name) => !BLOCKS[name])).toEqual([]);
  });

  it('names no block that is not there', () => {
    const there = found.map(({ name }) => name);
    const gone = Object.entries(BLOCKS).filter(([name, { sentence }]) =>
      sentence ? !readText(name.split(': ')[0]!).includes(sentence) : !there.includes(name),
    );
    expect(gone.map(([name]) => name)).toEqual([]);
  });

  it('either runs a block or says what it waits for', () => {
    expect(Object.keys(BLOCKS).filter((name) => !BLOCKS[name]!.run && !BLOCKS[name]!.pending?.length)).toEqual([]);
  });
});

describe('what the seeds say holds today', () => {
  it.each(runs)('%s', async (name, run) => {
    const stage = await openSeedStage();
    try {
      await run(stage, blocks.get(name)!);
    } finally {
      await stage.stop();
    }
  });
});

describe('what the seeds say and still has to wait', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openSeedStage();
  });
  afterAll(async () => {
    await stage.stop();
    const list = pending.map(({ label, why }) => `  ${label}: ${why}`).join('\n');
    console.info(
      `Of the seeds, ${runs.length} of ${Object.keys(BLOCKS).length} blocks are executed, wholly or in part; ${pending.length} things wait:\n${list}`,
    );
  });

  it.each(pending.map((one) => [one.label, one] as const))('waits for a reason: %s', async (label, { name, ready }) => {
    const here = await ready(stage, blocks.get(name)!);
    expect(here, `${label}: what it waited for is here. Run it, and take it off the list in blocks.ts.`).toBe(false);
  });
});
