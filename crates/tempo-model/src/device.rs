//! Opening a device: the CPU (burn's flex backend), or a graphics adapter through wgpu.
//!
//! This is the only file that knows about the platform. The runtime below burn registers an adapter once per process
//! and refuses to do so again, so the opened device is kept; opening it again is free.

use std::sync::Mutex;

use burn::tensor::wgpu::{WgpuBackend, WgpuInitError};
use burn::tensor::{Device, ExecutionError};

use tempo_kernels::gpu::Gpu;

use crate::error::DeviceError;

/// Tasks that are gathered before they are sent to the GPU. Above what a pass launches, so that it goes in one piece.
const TASKS_PER_SUBMIT: usize = 512;

/// What the user asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DevicePreference {
    /// A hardware adapter where there is one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A graphics adapter, even one made of software.
    Gpu,
}

/// A graphics adapter, in words and numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterReport {
    /// The adapter's name.
    pub name: String,
    /// The graphics interface: Vulkan, Metal, Dx12 or `BrowserWebGpu`.
    pub backend: String,
    /// `DiscreteGpu`, `IntegratedGpu`, `VirtualGpu`, Cpu or Other.
    pub kind: String,
    /// Driver name and version, where it says so.
    pub driver: String,
    /// A program that plays a GPU.
    pub software: bool,
    /// Bytes of the largest buffer that a shader can be given.
    pub max_binding_bytes: u64,
    /// Bytes of the largest buffer.
    pub max_buffer_bytes: u64,
    /// Invocations of the largest workgroup.
    pub max_workgroup_invocations: u32,
    /// Bytes of memory that a workgroup shares.
    pub max_workgroup_bytes: u32,
    /// Optional features that matter to kernels.
    pub features: Vec<&'static str>,
}

/// Why a device was chosen, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChosenFor {
    /// It was asked for.
    Asked,
    /// Steps of the model were measured on the CPU and on the graphics device.
    Measured,
    /// A hardware graphics adapter.
    Hardware,
    /// The CPU, because there is no graphics adapter.
    NoAdapter,
    /// The CPU, because the only adapter is a program on it.
    SoftwareAdapter,
    /// The CPU, because the adapter did not open.
    AdapterFailed,
}

/// An opened device, and why this one.
#[derive(Clone, Debug)]
pub struct DeviceChoice {
    /// The device.
    pub device: Device,
    /// Why it was chosen, for programs.
    pub chosen_for: ChosenFor,
    /// Why it was chosen, in words.
    pub reason: String,
    /// The adapter behind it; the CPU has none.
    pub adapter: Option<AdapterReport>,
}

impl DeviceChoice {
    /// The CPU.
    pub fn cpu(reason: impl Into<String>) -> Self {
        Self::fallback(ChosenFor::Asked, reason)
    }

    fn fallback(chosen_for: ChosenFor, reason: impl Into<String>) -> Self {
        Self { device: Device::flex(), chosen_for, reason: reason.into(), adapter: None }
    }

    /// Whether this is the CPU backend.
    pub fn is_cpu(&self) -> bool {
        self.adapter.is_none()
    }

    /// What the device's memory pools hold, where it tells.
    pub fn memory(&self) -> Option<DeviceMemory> {
        let usage = self.device.memory_pool_usage()?;
        let kernels = self.kernels().map_or(0, |gpu| gpu.counts().bytes_held);
        Some(DeviceMemory { in_use: usage.bytes_in_use + kernels, reserved: usage.bytes_reserved + kernels })
    }

    /// The same device for the fused kernels; the CPU has none.
    pub fn kernels(&self) -> Option<Gpu> {
        self.adapter.as_ref()?;
        OPENED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).as_ref().map(|opened| opened.kernels.clone())
    }

    /// Destroys the graphics device: its memory is free at once, and whatever uses it afterwards fails. The CPU stays.
    pub fn destroy(&self) {
        if self.adapter.is_some() {
            let destroyed = OPENED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Some(opened) = destroyed.as_ref() {
                opened.raw.destroy();
            }
        }
    }

    /// Refuses buffers that the device cannot hold.
    ///
    /// # Errors
    /// [`DeviceError::Limit`] with both numbers.
    pub fn check_buffer(&self, needed: u64) -> Result<(), DeviceError> {
        let Some(adapter) = &self.adapter else { return Ok(()) };
        let limits =
            [("maxStorageBufferBindingSize", adapter.max_binding_bytes), ("maxBufferSize", adapter.max_buffer_bytes)];
        match limits.into_iter().find(|(_, offered)| needed > *offered) {
            None => Ok(()),
            Some((name, offered)) => Err(DeviceError::Limit { name, needed, offered }),
        }
    }
}

/// Bytes of a device's memory pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceMemory {
    /// Used by live tensors.
    pub in_use: u64,
    /// Asked from the driver, pages kept for reuse included.
    pub reserved: u64,
}

/// Whether this error means that the device is gone, and everything on it.
pub fn lost(error: &ExecutionError) -> bool {
    matches!(error, ExecutionError::DevicePoisoned { .. })
}

/// Opens the device that `preference` asks for.
///
/// # Errors
/// [`DeviceError::NoAdapter`] when a GPU is demanded and there is none, [`DeviceError::Init`] when it cannot be opened.
/// [`DevicePreference::Auto`] falls back to the CPU instead and says why.
pub async fn open(preference: DevicePreference) -> Result<DeviceChoice, DeviceError> {
    match preference {
        DevicePreference::Cpu => Ok(DeviceChoice::cpu("asked for")),
        DevicePreference::Gpu => {
            let (device, adapter) = open_gpu().await?;
            let reason = if adapter.software {
                "asked for; this adapter is a program on the cpu, slower than the cpu backend"
            } else {
                "asked for"
            };
            Ok(DeviceChoice { device, chosen_for: ChosenFor::Asked, reason: reason.into(), adapter: Some(adapter) })
        }
        DevicePreference::Auto => {
            let found = adapters().await;
            if found.iter().all(|adapter| adapter.software) {
                return Ok(match found.first() {
                    None => DeviceChoice::fallback(ChosenFor::NoAdapter, "no graphics adapter found"),
                    Some(adapter) => DeviceChoice::fallback(
                        ChosenFor::SoftwareAdapter,
                        format!("the only graphics adapter, {}, is a program on the cpu", adapter.name),
                    ),
                });
            }
            match open_gpu().await {
                Ok((device, adapter)) if !adapter.software => {
                    let reason = "a hardware graphics adapter".to_owned();
                    Ok(DeviceChoice { device, chosen_for: ChosenFor::Hardware, reason, adapter: Some(adapter) })
                }
                Ok(_) => Ok(DeviceChoice::fallback(
                    ChosenFor::SoftwareAdapter,
                    "the driver prefers an adapter that is a program on the cpu",
                )),
                Err(error) => Ok(DeviceChoice::fallback(
                    ChosenFor::AdapterFailed,
                    format!("the graphics adapter did not open: {error}"),
                )),
            }
        }
    }
}

/// The adapter that this process has opened.
static OPENED: Mutex<Option<Opened>> = Mutex::new(None);

struct Opened {
    device: Device,
    adapter: AdapterReport,
    /// The same device, below burn.
    raw: wgpu::Device,
    kernels: Gpu,
}

fn opened() -> Option<(Device, AdapterReport)> {
    let opened = OPENED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    opened.as_ref().map(|opened| (opened.device.clone(), opened.adapter.clone()))
}

async fn open_gpu() -> Result<(Device, AdapterReport), DeviceError> {
    if let Some(opened) = opened() {
        return Ok(opened);
    }
    // The interface is named, because the runtime's own search also starts OpenGL, whose drivers print to the terminal
    // and which no kernel is tested on.
    let found = adapters().await;
    let api = found.first().and_then(|adapter| platform::api(&adapter.backend)).ok_or(DeviceError::NoAdapter)?;
    let options = Device::wgpu_options().tasks_max(TASKS_PER_SUBMIT).graphics_api(api);
    let tried = options.init_with_setup_async().await;
    match tried {
        Ok((device, setup)) => {
            let adapter = report(&setup.adapter);
            let mut kept = OPENED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let kernels = Gpu::new(setup.device.clone(), setup.queue, adapter.software);
            *kept = Some(Opened { device: device.clone(), adapter: adapter.clone(), raw: setup.device, kernels });
            Ok((device, adapter))
        }
        Err(WgpuInitError::AdapterUnavailable { .. }) => Err(DeviceError::NoAdapter),
        Err(error) => match registered_meanwhile(&error) {
            Some(opened) => Ok(opened),
            None => Err(DeviceError::Init { reason: error.to_string() }),
        },
    }
}

/// Another thread may have been faster: the runtime is registered a moment before it is noted in [`OPENED`].
fn registered_meanwhile(error: &WgpuInitError) -> Option<(Device, AdapterReport)> {
    if !matches!(error, WgpuInitError::Registration { .. }) {
        return None;
    }
    for _ in 0..1000 {
        if let Some(opened) = opened() {
            return Some(opened);
        }
        platform::pause();
    }
    None
}

/// All graphics adapters, hardware first.
pub async fn adapters() -> Vec<AdapterReport> {
    let mut found: Vec<AdapterReport> = platform::adapters().await.iter().map(report).collect();
    found.sort_by_key(|adapter| adapter.software);
    found
}

fn report(adapter: &wgpu::Adapter) -> AdapterReport {
    let about = adapter.get_info();
    let limits = adapter.limits();
    let offered = adapter.features();
    let features = [
        ("shader-f16", wgpu::Features::SHADER_F16),
        ("subgroups", wgpu::Features::SUBGROUP),
        ("timestamp-query", wgpu::Features::TIMESTAMP_QUERY),
    ];
    let software = about.device_type == wgpu::DeviceType::Cpu || about.name.to_lowercase().contains("swiftshader");
    AdapterReport {
        driver: format!("{} {}", about.driver, about.driver_info).trim().to_owned(),
        backend: format!("{:?}", about.backend),
        kind: format!("{:?}", about.device_type),
        // A browser may keep the name to itself.
        name: if about.name.is_empty() { "unnamed adapter".to_owned() } else { about.name },
        software,
        max_binding_bytes: limits.max_storage_buffer_binding_size,
        max_buffer_bytes: limits.max_buffer_size,
        max_workgroup_invocations: limits.max_compute_invocations_per_workgroup,
        max_workgroup_bytes: limits.max_compute_workgroup_storage_size,
        features: features.into_iter().filter(|(_, f)| offered.contains(*f)).map(|(name, _)| name).collect(),
    }
}

#[cfg(not(target_family = "wasm"))]
mod platform {
    use super::WgpuBackend;

    /// Vulkan, Metal, DirectX 12.
    pub(super) async fn adapters() -> Vec<wgpu::Adapter> {
        instance().enumerate_adapters(wgpu::Backends::PRIMARY).await
    }

    /// The runtime's word for the interface of an adapter.
    pub(super) fn api(backend: &str) -> Option<WgpuBackend> {
        match backend {
            "Vulkan" => Some(WgpuBackend::Vulkan),
            "Metal" => Some(WgpuBackend::Metal),
            "Dx12" => Some(WgpuBackend::Dx12),
            _ => None,
        }
    }

    fn instance() -> wgpu::Instance {
        let mut asked = wgpu::InstanceDescriptor::new_without_display_handle();
        // An instance starts the drivers of all its interfaces.
        asked.backends = wgpu::Backends::PRIMARY;
        wgpu::Instance::new(asked)
    }

    pub(super) fn pause() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[cfg(target_family = "wasm")]
mod platform {
    /// A browser hands out one adapter, or none.
    pub(super) async fn adapters() -> Vec<wgpu::Adapter> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        instance.request_adapter(&wgpu::RequestAdapterOptions::default()).await.into_iter().collect()
    }

    #[expect(clippy::unnecessary_wraps, reason = "the native twin does not know every interface")]
    pub(super) fn api(_backend: &str) -> Option<super::WgpuBackend> {
        Some(super::WgpuBackend::WebGpu)
    }

    /// A page has one thread: nobody else can have been faster.
    pub(super) fn pause() {}
}
