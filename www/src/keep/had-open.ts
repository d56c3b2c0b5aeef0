// What can be told of the last visit before the code that keeps runs is here.

/** Where prompt, options and what was open are written. */
export const DRAFT = 'tempo-draft';

/** Where the conversation is written that was open, while Chat is. */
export const CHATTING = 'tempo-chat';

/** Whether this tab was left in Chat. A link that is opened is what is to be seen; one that is loaded again was seen. */
export function wasChatting(hash: string): boolean {
  try {
    const [visit] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    return (hash.length <= 1 || visit?.type === 'reload') && sessionStorage.getItem(CHATTING) !== null;
  } catch {
    return false;
  }
}

/** Whether this tab was left with another run open than the first one: that one is the first picture, without the other. */
export function hadOpen(): boolean {
  try {
    return /"opened":\{"/.test(sessionStorage.getItem(DRAFT) ?? '');
  } catch {
    return false;
  }
}
