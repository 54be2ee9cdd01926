import { badInput } from './errors.ts';
import { isBlank, isLonger, tooLong } from './texts.ts';

/** The most characters of the name of a file. */
export const fileNameLimit = 255;

/** What does not stand in the name of a file: it would break a line, or turn the name around so that it seems to end otherwise. */
const misleading = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** What Windows takes for a device, whatever stands behind the first dot. */
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$) *(?:\.|$)/i;

/**
 * The name of a file as it can be kept on every machine: without the folders before it, control characters, line and paragraph separators, direction
 * controls, blanks around it and dots behind it; with `_` before what would be a device. All else is as it was given. `BAD_USER_INPUT` where that has
 * more than 255 characters (Unicode code points), or nothing to see.
 */
export function requireFileName(field: string, value: string): string {
  const own = value
    .slice(Math.max(value.lastIndexOf('/'), value.lastIndexOf('\\')) + 1)
    .replace(misleading, '')
    .trim()
    .replace(/[. ]+$/, '');
  const name = device.test(own) ? `_${own}` : own;
  if (isLonger(name, fileNameLimit)) throw tooLong(field, fileNameLimit);
  if (isBlank(name))
    throw badInput(field, {
      zh: `应为 1 到 ${fileNameLimit} 个字符的文件名，且不能全是空白`,
      en: `Give the name of a file, of 1 to ${fileNameLimit} characters, with something to see among them`,
    });
  return name;
}
