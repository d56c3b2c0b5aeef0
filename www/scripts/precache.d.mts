export function writePrecache(
  dist: string,
): Promise<{ version: string; files: { url: string; hash: string; late: boolean }[] }>;
