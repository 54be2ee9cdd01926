import type { Locale } from '../../src/app/texts.ts';
import { chatTexts } from '../../src/texts/chat.ts';
import { words } from '../../src/texts/common.ts';
import { entrance } from '../../src/texts/entrance.ts';
import { groupTexts } from '../../src/texts/groups.ts';
import { peopleTexts } from '../../src/texts/people.ts';
import { settings } from '../../src/texts/settings.ts';
import { shell } from '../../src/texts/shell.ts';

/** What the pages say in a language: tests find buttons by it, as people do. */
export function wordsIn(locale: Locale) {
  return {
    common: words[locale],
    entrance: entrance[locale],
    shell: shell[locale],
    chat: chatTexts[locale],
    people: peopleTexts[locale],
    groups: groupTexts[locale],
    settings: settings[locale],
  };
}

export type Words = ReturnType<typeof wordsIn>;
