// Counts what a worker asks of WebGPU, by standing in front of the browser's own functions: everybody's calls are counted
// alike. A plain script, to be run before anything asks for a device. The tests of the page put it in front of theirs.

self.gpuCounts = (() => {
  const counts = {
    submits: 0,
    passes: 0,
    dispatches: 0,
    bindGroups: 0,
    buffers: 0,
    writes: 0,
    writeBytes: 0,
    reads: 0,
    readBytes: 0,
    pipelines: 0,
    modules: 0,
  };
  const watch = (type, name, note) => {
    const prototype = self[type]?.prototype;
    if (!prototype) return; // a browser without WebGPU
    const real = prototype[name];
    prototype[name] = function (...given) {
      note(given, this);
      return real.apply(this, given);
    };
  };
  const count = (type, name, key) => watch(type, name, () => (counts[key] += 1));

  count('GPUQueue', 'submit', 'submits');
  count('GPUCommandEncoder', 'beginComputePass', 'passes');
  count('GPUComputePassEncoder', 'dispatchWorkgroups', 'dispatches');
  count('GPUComputePassEncoder', 'dispatchWorkgroupsIndirect', 'dispatches');
  count('GPUDevice', 'createBindGroup', 'bindGroups');
  count('GPUDevice', 'createBuffer', 'buffers');
  count('GPUDevice', 'createComputePipeline', 'pipelines');
  count('GPUDevice', 'createComputePipelineAsync', 'pipelines');
  count('GPUDevice', 'createShaderModule', 'modules');
  watch('GPUQueue', 'writeBuffer', ([, , data, from = 0, size]) => {
    // Of a typed array, offset and size are counted in its elements.
    const width = data.BYTES_PER_ELEMENT ?? 1;
    counts.writes += 1;
    counts.writeBytes += size === undefined ? data.byteLength - from * width : size * width;
  });
  watch('GPUBuffer', 'mapAsync', ([mode, from = 0, size], buffer) => {
    if (!(mode & 1)) return; // GPUMapMode.READ
    counts.reads += 1;
    counts.readBytes += size ?? buffer.size - from;
  });

  /** All counts as they are now. */
  return () => ({ ...counts });
})();
