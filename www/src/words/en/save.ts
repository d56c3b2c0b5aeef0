// The words of saving and copying.

export const NO_CLIPBOARD = 'the browser does not let this page copy; save a file instead';
