export function policyOf(html: string): string | null;
export function developmentPage(html: string): string;
