/** What browsers say in the place of the code of a key that an input method has taken. */
const taken = 229;

/** Whether a key belongs to the word that an input method makes, and not to the page. */
export function isOfInputMethod(event: KeyboardEvent): boolean {
  // Safari ends the word before it tells of the Enter that ended it: only the code says then whose that was.
  return event.isComposing || event.keyCode === taken;
}
