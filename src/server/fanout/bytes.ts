/** The bytes of a text in UTF-8, each spelled as the one character of that number: such strings are put together and written without copying. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
