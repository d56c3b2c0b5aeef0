// Stands in for the types of the wasm package until scripts/build-web.sh has made it. A pattern, so that the real
// src/wasm/tempo_web.d.ts wins when it is there: TypeScript asks patterns last.

declare module '*/tempo_web.js' {
  const init: import('./engine/package').TempoPackage['default'];
  export default init;
  export const Tempo: import('./engine/package').TempoPackage['Tempo'];
  export const MatrixWorker: import('./engine/package').TempoPackage['MatrixWorker'];
  export const compiledProgram: import('./engine/package').TempoPackage['compiledProgram'];
  export const modelFiles: import('./engine/package').TempoPackage['modelFiles'];
}
