// What stands beside the bar of a model on its way; the rest of it is in describe/loading.ts. Apart from the choice of a
// model, because the first picture has it.

export const words = {
  stop: 'Stop; it goes on from here later',
};
