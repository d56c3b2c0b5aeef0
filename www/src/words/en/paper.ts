// What stands over the lattice on paper only.

export const words = { prompt: 'Prompt', model: 'Model', settings: 'Settings' } as const;
