import { badInput } from '../../kernel/errors.ts';
import { optionalKeyword } from '../../kernel/search-text.ts';

/** The most that a keyword may have, in Unicode code points. */
export const keywordLimit = 50;

/** A keyword as it is compared: folded. `BAD_USER_INPUT` where it has not 1 to 50 characters, blanks around it not counted. */
export function requireKeyword(keyword: string): string {
  const folded = optionalKeyword('keyword', keyword, keywordLimit);
  if (folded === null) throw badInput('keyword', { zh: `关键词应为 1 到 ${keywordLimit} 个字符`, en: `A keyword has 1 to ${keywordLimit} characters` });
  return folded;
}
