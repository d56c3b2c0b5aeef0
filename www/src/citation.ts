// How to cite the page. CITATION.cff says the same for programs; a test holds the two and Cargo.toml together.

export const VERSION = '0.1.0';

export const CITATION = `The TEMPO contributors: TEMPO in the browser, version ${VERSION}, 2026. Software, MIT OR Apache-2.0. After an idea by Joe Luker.`;
