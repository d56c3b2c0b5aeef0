// What leads to the tour. It stands on the first screen; the tour's own words come with it.

export const TOUR_BUTTON = 'Show me around · 60 s';
