// The Content-Security-Policy of the pages. Built pages carry it as it stands in their HTML; `vite dev` injects styles into
// the page and talks to it over a socket, so it serves a wider one.

/** Allowances of `vite dev` by directive, beside those of the strict policy. */
const DEVELOPMENT = { 'style-src': "'unsafe-inline'", 'connect-src': 'ws:' };

const META = /(<meta\s+http-equiv="Content-Security-Policy"\s+content=")([^"]*)(")/;

/** The policy that a page carries; null without one. @param {string} html @returns {string | null} */
export function policyOf(html) {
  return META.exec(html)?.[2] ?? null;
}

/** The page as `vite dev` serves it. @param {string} html @returns {string} */
export function developmentPage(html) {
  return html.replace(META, (_, before, policy, after) => {
    const directives = policy.split('; ').map((/** @type {string} */ directive) => {
      const [name = ''] = directive.split(' ');
      return name in DEVELOPMENT
        ? `${directive} ${DEVELOPMENT[/** @type {keyof typeof DEVELOPMENT} */ (name)]}`
        : directive;
    });
    return `${before}${directives.join('; ')}${after}`;
  });
}
