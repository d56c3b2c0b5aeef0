// What stands around dialogs and dropped files.

export const words = {
  close: 'Close',
  drop: 'Drop a trace or the files of a model',
};
