import { expect, it } from 'vitest';
import { type FileFactsView, readFacts, storedFacts } from '../../src/features/files/file-facts.policy.ts';

const bare: FileFactsView = {
  uuid: '6a0f8e0e-5d0c-4b7e-9a43-3f2f5b1c7d10',
  kind: 'FILE',
  name: '报告.pdf',
  mime: 'application/pdf',
  bytes: 5,
  width: null,
  height: null,
  isAnimated: false,
  hasThumbnail: false,
  duration: null,
  peaks: null,
  placeholder: null,
};
const full: FileFactsView = {
  ...bare,
  kind: 'VIDEO',
  width: 3,
  height: 2,
  isAnimated: true,
  hasThumbnail: true,
  duration: 0.5,
  peaks: [0, 100],
  placeholder: 'AQID',
};

it('facts are read as they were stored, and what is not there takes no room', () => {
  for (const facts of [bare, full]) expect(readFacts(JSON.parse(JSON.stringify(storedFacts(facts))))).toEqual(facts);
  expect(Object.keys(storedFacts(bare)).toSorted()).toEqual(['bytes', 'kind', 'mime', 'name', 'uuid']);
});

it('what a newer version has stored is read as far as it is known', () => {
  const newer = {
    uuid: bare.uuid,
    kind: 'HOLOGRAM',
    name: 7,
    mime: null,
    bytes: 'many',
    width: '3',
    isAnimated: 1,
    duration: Number.NaN,
    peaks: [1, 'x', 2.5, 3],
    depth: 9,
  };
  expect(readFacts(newer)).toEqual({ ...bare, name: '', mime: 'application/octet-stream', bytes: 0, peaks: [1, 3] });
  expect(readFacts({ ...newer, peaks: Array.from({ length: 1000 }, () => 1) })?.peaks).toHaveLength(64);
});

it('what names no file is none', () => {
  for (const none of [null, 'x', [], {}, { uuid: 7 }]) expect(readFacts(none)).toBeNull();
});
