//! Opening a device: the CPU (burn's flex backend), or a graphics adapter through wgpu.
//!
//! This is the only file that knows about the platform. The runtime below burn keeps every device that it is given until
//! the process ends, so one is opened once and shared: [`Devices`].

use burn::tensor::{Device, ExecutionError};
use burn_wgpu::{RuntimeOptions, WgpuSetup};
use serde::{Deserialize, Serialize};
use tempo_kernels::gpu::Gpu;

use crate::error::DeviceError;

/// Tasks that are gathered before they are sent to the GPU. Above what a pass launches, so that it goes in one piece.
const TASKS_PER_SUBMIT: usize = 512;

/// Whether weights have no other place than the memory of this process; in a browser, workers have memory of their own.
pub(crate) const ONE_MEMORY: bool = cfg!(not(target_family = "wasm"));
/// Largest buffers that a graphics device is taken to have room for.
const LARGEST_BUFFERS: u64 = 4;

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

impl DevicePreference {
    /// Every preference.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Cpu, Self::Gpu];

    /// Its name in flags and links.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        }
    }

    /// The preference of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preference| preference.name() == name)
    }
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
    /// Whether it is software: a program on the CPU.
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

/// Reasons to choose a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceReason {
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
    pub chosen_for: DeviceReason,
    /// Why it was chosen, in words.
    pub reason: String,
    /// The adapter behind it; the CPU has none.
    pub adapter: Option<AdapterReport>,
    /// The same device, below burn; the CPU has none.
    graphics: Option<Graphics>,
}

/// A graphics device, below burn.
#[derive(Clone, Debug)]
struct Graphics {
    raw: wgpu::Device,
    kernels: Gpu,
}

impl DeviceChoice {
    /// The CPU.
    pub fn cpu(reason: impl Into<String>) -> Self {
        Self::fallback(DeviceReason::Asked, reason)
    }

    fn fallback(chosen_for: DeviceReason, reason: impl Into<String>) -> Self {
        Self { device: Device::flex(), chosen_for, reason: reason.into(), adapter: None, graphics: None }
    }

    /// The same device, chosen for another reason.
    pub(crate) fn chosen(self, chosen_for: DeviceReason, reason: impl Into<String>) -> Self {
        Self { chosen_for, reason: reason.into(), ..self }
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
    pub fn kernels(&self) -> Option<&Gpu> {
        self.graphics.as_ref().map(|graphics| &graphics.kernels)
    }

    /// Destroys the graphics device: its memory is free at once, and whatever uses it afterwards fails. The CPU stays.
    pub fn destroy(&self) {
        if let Some(graphics) = &self.graphics {
            graphics.raw.destroy();
        }
    }

    /// Bytes that weights and cache may take, where something tells: three quarters of the machine's memory for the CPU, of
    /// the address space in a browser. A graphics device does not say how much it has; four of its largest buffers are
    /// taken for that, and a program on the CPU has no more than the CPU.
    pub fn room(&self) -> Option<u64> {
        let memory = platform::memory().map(|bytes| bytes / 4 * 3);
        match &self.adapter {
            None => memory,
            Some(adapter) => {
                let buffers = adapter.max_buffer_bytes.saturating_mul(LARGEST_BUFFERS);
                Some(memory.filter(|_| adapter.software).map_or(buffers, |memory| memory.min(buffers)))
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

/// The devices that a program has opened.
#[derive(Debug, Default)]
pub struct Devices {
    graphics: Option<DeviceChoice>,
}

impl Devices {
    /// Opens the device that `preference` asks for. The graphics device is opened once, and shared afterwards.
    ///
    /// # Errors
    /// [`DeviceError::NoAdapter`] when a GPU is demanded and there is none, [`DeviceError::Init`] when it cannot be opened.
    /// [`DevicePreference::Auto`] falls back to the CPU instead and says why.
    pub async fn open(&mut self, preference: DevicePreference) -> Result<DeviceChoice, DeviceError> {
        match preference {
            DevicePreference::Cpu => Ok(DeviceChoice::cpu("asked for")),
            DevicePreference::Gpu => {
                let gpu = self.graphics().await?;
                let software = gpu.adapter.as_ref().is_some_and(|adapter| adapter.software);
                let reason = if software {
                    "asked for; this adapter is a program on the cpu, slower than the cpu backend"
                } else {
                    "asked for"
                };
                Ok(gpu.chosen(DeviceReason::Asked, reason))
            }
            DevicePreference::Auto => Ok(self.promising().await),
        }
    }

    /// A hardware adapter where there is one that opens, else the CPU.
    async fn promising(&mut self) -> DeviceChoice {
        let found = adapters().await;
        if found.iter().all(|adapter| adapter.software) {
            return match found.first() {
                None => DeviceChoice::fallback(DeviceReason::NoAdapter, "no graphics adapter found"),
                Some(adapter) => DeviceChoice::fallback(
                    DeviceReason::SoftwareAdapter,
                    format!("the only graphics adapter, {}, is a program on the cpu", adapter.name),
                ),
            };
        }
        match self.graphics().await {
            Ok(gpu) if gpu.adapter.as_ref().is_some_and(|adapter| !adapter.software) => {
                gpu.chosen(DeviceReason::Hardware, "a hardware graphics adapter")
            }
            Ok(_) => DeviceChoice::fallback(
                DeviceReason::SoftwareAdapter,
                "the driver prefers an adapter that is a program on the cpu",
            ),
            Err(error) => DeviceChoice::fallback(
                DeviceReason::AdapterFailed,
                format!("the graphics adapter did not open: {error}"),
            ),
        }
    }

    async fn graphics(&mut self) -> Result<DeviceChoice, DeviceError> {
        match &self.graphics {
            Some(gpu) => Ok(gpu.clone()),
            None => Ok(self.graphics.insert(open_graphics().await?).clone()),
        }
    }
}

/// Opens a device for a program that needs one only.
///
/// # Errors
/// As [`Devices::open`].
pub async fn open(preference: DevicePreference) -> Result<DeviceChoice, DeviceError> {
    Devices::default().open(preference).await
}

async fn open_graphics() -> Result<DeviceChoice, DeviceError> {
    let refused = |reason: String| DeviceError::Init { reason };
    let (instance, adapter) = platform::adapter().await.ok_or(DeviceError::NoAdapter)?;
    let wanted = wgpu::DeviceDescriptor {
        // What burn's runtime asks for, but for what needs a promise that no program can check.
        required_features: adapter
            .features()
            .difference(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS | wgpu::Features::all_experimental_mask()),
        required_limits: adapter.limits(),
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..wgpu::DeviceDescriptor::default()
    };
    let opened = adapter.request_device(&wanted).await;
    let (raw, queue) = opened.map_err(|error| refused(error.to_string()))?;
    let (report, backend) = (report(&adapter), adapter.get_info().backend);
    let kernels = Gpu::new(raw.clone(), queue.clone(), report.software);
    let setup = WgpuSetup { instance, adapter, device: raw.clone(), queue, backend };
    let options = RuntimeOptions::with_tasks_max(Some(TASKS_PER_SUBMIT)).map_err(|error| refused(error.to_string()))?;
    let device = burn_wgpu::try_init_device(setup, options).map_err(|error| refused(error.to_string()))?;
    Ok(DeviceChoice {
        device: device.into(),
        chosen_for: DeviceReason::Asked,
        reason: String::new(),
        adapter: Some(report),
        graphics: Some(Graphics { raw, kernels }),
    })
}

/// All graphics adapters, hardware first.
pub async fn adapters() -> Vec<AdapterReport> {
    let mut found: Vec<AdapterReport> = platform::adapters().await.iter().map(report).collect();
    found.sort_by_key(|adapter| adapter.software);
    found
}

/// Of several adapters the fast one.
fn preferred() -> wgpu::RequestAdapterOptions<'static, 'static> {
    wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..wgpu::RequestAdapterOptions::default()
    }
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
    /// Vulkan, Metal, DirectX 12.
    pub(super) async fn adapters() -> Vec<wgpu::Adapter> {
        instance(wgpu::Backends::PRIMARY).enumerate_adapters(wgpu::Backends::PRIMARY).await
    }

    /// The adapter that the driver prefers, through the interface of the best one: an instance starts the drivers of all
    /// its interfaces, and those of OpenGL print to the terminal.
    pub(super) async fn adapter() -> Option<(wgpu::Instance, wgpu::Adapter)> {
        let backend = super::adapters().await.first()?.backend.clone();
        let tested =
            [("Vulkan", wgpu::Backends::VULKAN), ("Metal", wgpu::Backends::METAL), ("Dx12", wgpu::Backends::DX12)];
        let (_, interface) = tested.into_iter().find(|(name, _)| *name == backend)?;
        let instance = instance(interface);
        let adapter = instance.request_adapter(&super::preferred()).await.ok()?;
        Some((instance, adapter))
    }

    /// Bytes of memory that this process may use, where the system tells: Linux and its containers do, by files.
    pub(super) fn memory() -> Option<u64> {
        let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|told| {
            let line = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
            line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
        });
        let container = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
        let container = container.and_then(|told| told.trim().parse().ok());
        machine.into_iter().chain(container).min()
    }

    fn instance(backends: wgpu::Backends) -> wgpu::Instance {
        wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        })
    }
}

#[cfg(target_family = "wasm")]
mod platform {
    /// The address space of wasm.
    #[expect(clippy::unnecessary_wraps, reason = "not every system tells")]
    pub(super) fn memory() -> Option<u64> {
        Some(1 << 32)
    }

    /// A browser hands out one adapter, or none.
    pub(super) async fn adapters() -> Vec<wgpu::Adapter> {
        request(&wgpu::RequestAdapterOptions::default()).await.map(|(_, adapter)| adapter).into_iter().collect()
    }

    pub(super) async fn adapter() -> Option<(wgpu::Instance, wgpu::Adapter)> {
        request(&super::preferred()).await
    }

    async fn request(options: &wgpu::RequestAdapterOptions<'_, '_>) -> Option<(wgpu::Instance, wgpu::Adapter)> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = instance.request_adapter(options).await.ok()?;
        Some((instance, adapter))
    }
}
