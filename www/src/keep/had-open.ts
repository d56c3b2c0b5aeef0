// What can be told of the last visit before the code that keeps runs is here.

/** Where prompt, options and what was open are written. */
export const DRAFT = 'tempo-draft';

/** Whether this tab was left with another run open than the first one: that one is the first picture, without the other. */
export function hadOpen(): boolean {
  try {
    return /"opened":\{"/.test(sessionStorage.getItem(DRAFT) ?? '');
  } catch {
    return false;
  }
}
