//! How fast a device reads its memory: what a step of a large model is held against.

use super::GpuError;
use super::context::Gpu;

/// Far more than the caches of a card, which would be read instead.
const BYTES: u64 = 512 << 20;
/// A software adapter has no more memory than its CPU.
const BYTES_IN_SOFTWARE: u64 = 64 << 20;
/// Readings in a command buffer: what a submit costs beside them is in both, so it is not in their difference.
const READINGS: [u32; 2] = [4, 20];
/// The shortest of so many counts; others share the machine.
const TURNS: usize = 5;

const SHADER: &str = r"
@group(0) @binding(0) var<storage, read> words: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> found: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    var sum = vec4<u32>();
    for (var i = id.x; i < arrayLength(&words); i += groups.x * 256u) {
        sum += words[i];
    }
    // Never true, which no compiler knows: the sums have to be made.
    if (all(sum == vec4<u32>(1u, 2u, 3u, 4u))) {
        found[0] = id.x;
    }
}
";

impl Gpu {
    /// Bytes per second that a kernel reads which does nothing else. `clock` gives milliseconds since any moment.
    ///
    /// # Errors
    /// When the device has no memory left for it, or is lost.
    pub async fn bandwidth(&self, clock: &dyn Fn() -> f64) -> Result<f64, GpuError> {
        let bytes = if self.software { BYTES_IN_SOFTWARE } else { BYTES }.min(self.most) / 16 * 16;
        let (pipeline, group, words) = self.checked("the bandwidth kernel", || self.reader(bytes)).await?;
        // Zeros might be stored in fewer bytes.
        let noise: Vec<u32> = (0..1 << 20).map(|i: u32| i.wrapping_mul(2_654_435_761).rotate_left(i)).collect();
        for offset in (0..bytes).step_by(4 << 20) {
            let part = &bytemuck::cast_slice(&noise)[..(4 << 20).min(usize::try_from(bytes - offset).unwrap_or(0))];
            self.queue.write_buffer(&words.raw, offset, part);
            self.settle().await?;
        }
        let workgroups = if self.software { 64 } else { 4_096 };
        let mut least = [f64::INFINITY; 2];
        for turn in 0..=TURNS {
            for (least, readings) in least.iter_mut().zip(READINGS) {
                let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
                for _ in 0..readings {
                    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                    pass.set_pipeline(&pipeline);
                    pass.set_bind_group(0, &group, &[]);
                    pass.dispatch_workgroups(workgroups, 1, 1);
                }
                let begun = clock();
                self.queue.submit([encoder.finish()]);
                self.settle().await?;
                // The first finds a device that sleeps.
                if turn > 0 {
                    *least = least.min(clock() - begun);
                }
            }
        }
        let seconds = (least[1] - least[0]).max(1e-3) / 1e3;
        Ok(bytes as f64 * f64::from(READINGS[1] - READINGS[0]) / seconds)
    }

    fn reader(&self, bytes: u64) -> Result<(wgpu::ComputePipeline, wgpu::BindGroup, super::context::Buffer), GpuError> {
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("bandwidth"),
            source: wgpu::ShaderSource::Wgsl(SHADER.into()),
        });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("bandwidth"),
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        let words = self.storage("bandwidth", bytes)?;
        let found = self.storage("bandwidth, found", 16)?;
        let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("bandwidth"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: words.raw.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: found.raw.as_entire_binding() },
            ],
        });
        Ok((pipeline, group, words))
    }
}
