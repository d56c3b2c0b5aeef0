//! The device, counts of what is done on it, and the only read.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use super::GpuError;
use super::kernel::Compiled;
use super::wgsl::SharedStruct;

/// What models have done on a device. Exact, unlike times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GpuCounts {
    /// Passes through the layers; a long prefill takes several.
    pub passes: u64,
    /// Kernels launched.
    pub dispatches: u64,
    /// Command buffers handed over.
    pub submits: u64,
    /// Buffers made.
    pub buffers: u64,
    /// Bind groups made.
    pub bind_groups: u64,
    /// Pipelines compiled.
    pub pipelines: u64,
    /// Reads from the device.
    pub readbacks: u64,
    /// Bytes read from it.
    pub bytes_read: u64,
    /// Bytes of matrices that products have walked through.
    pub weight_bytes: u64,
    /// Bytes of the buffers that are alive.
    pub bytes_held: u64,
}

/// An open wgpu device, with a count of what is done on it.
#[derive(Clone, Debug)]
pub struct Gpu {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    /// Bytes of the largest buffer that can be bound.
    pub(super) most: u64,
    /// A software adapter, which is a program on the CPU: invocations run one after the other, and barriers are dear.
    pub(super) software: bool,
    counts: Arc<Mutex<GpuCounts>>,
    /// Kernels that some model on this device has compiled.
    pub(super) compiled: Arc<Mutex<Compiled>>,
}

/// A buffer that is counted while it lives.
#[derive(Debug)]
pub(super) struct Buffer {
    pub(super) raw: wgpu::Buffer,
    counts: Arc<Mutex<GpuCounts>>,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).bytes_held -= self.raw.size();
    }
}

impl Gpu {
    /// Kernels will be recorded on this device. `software`: it is a software adapter, a program on the CPU.
    pub fn new(device: wgpu::Device, queue: wgpu::Queue, software: bool) -> Self {
        let limits = device.limits();
        let most = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        Self { device, queue, most, software, counts: Arc::default(), compiled: Arc::default() }
    }

    /// What was done so far.
    pub fn counts(&self) -> GpuCounts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut GpuCounts)) {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A buffer of zeros.
    pub(super) fn buffer(&self, what: &'static str, bytes: u64, usage: wgpu::BufferUsages) -> Result<Buffer, GpuError> {
        let size = bytes.max(16).next_multiple_of(16);
        if size > self.most {
            return Err(GpuError::Limit { what, needed: size, offered: self.most });
        }
        let raw = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(what),
            size,
            usage,
            mapped_at_creation: false,
        });
        self.count(|counts| {
            counts.buffers += 1;
            counts.bytes_held += size;
        });
        Ok(Buffer { raw, counts: self.counts.clone() })
    }

    /// A buffer that kernels read and write.
    pub(super) fn storage(&self, what: &'static str, bytes: u64) -> Result<Buffer, GpuError> {
        use wgpu::BufferUsages as Usage;
        self.buffer(what, bytes, Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST)
    }

    /// A storage buffer with this content.
    pub(super) fn filled(&self, what: &'static str, words: &[u8]) -> Result<Buffer, GpuError> {
        let buffer = self.storage(what, words.len() as u64)?;
        self.queue.write_buffer(&buffer.raw, 0, words);
        Ok(buffer)
    }

    /// A uniform buffer with this content.
    pub(super) fn uniform(&self, content: impl SharedStruct) -> Result<Buffer, GpuError> {
        use wgpu::BufferUsages as Usage;
        let buffer = self.buffer("a shape", size_of_val(&content) as u64, Usage::UNIFORM | Usage::COPY_DST)?;
        self.queue.write_buffer(&buffer.raw, 0, bytemuck::bytes_of(&content));
        Ok(buffer)
    }

    /// Waits until the device has done all that was sent to it.
    ///
    /// # Errors
    /// When it is lost.
    pub async fn settle(&self) -> Result<(), GpuError> {
        self.queue.submit([]);
        let (send, receive) = signal();
        self.queue.on_submitted_work_done(move || send.set(Ok(())));
        self.wait()?;
        receive.await
    }

    /// Reads the beginning of a mappable buffer.
    pub(super) async fn read(&self, buffer: &Buffer, bytes: u64) -> Result<Vec<f32>, GpuError> {
        let (send, receive) = signal();
        buffer.raw.map_async(wgpu::MapMode::Read, 0..bytes, move |result| {
            send.set(result.map_err(|error| GpuError::Lost { reason: error.to_string() }));
        });
        self.wait()?;
        receive.await?;
        let numbers = {
            let mapped = buffer.raw.get_mapped_range(0..bytes);
            let mapped = mapped.map_err(|error| GpuError::Lost { reason: error.to_string() })?;
            bytemuck::pod_collect_to_vec(&mapped)
        };
        buffer.raw.unmap();
        self.count(|counts| {
            counts.readbacks += 1;
            counts.bytes_read += bytes;
        });
        Ok(numbers)
    }

    /// Natively the device has to be waited for; in a browser this does nothing, the event loop does.
    fn wait(&self) -> Result<(), GpuError> {
        let waited = self.device.poll(wgpu::PollType::wait_indefinitely());
        waited.map(|_| ()).map_err(|error| GpuError::Lost { reason: error.to_string() })
    }

    /// Does something that makes objects on the device, and tells whether it could.
    ///
    /// # Errors
    /// What the device says about it.
    pub(super) async fn checked<T>(
        &self,
        what: &str,
        act: impl FnOnce() -> Result<T, GpuError>,
    ) -> Result<T, GpuError> {
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let made = act();
        let (validation, memory) = (validation.pop(), memory.pop());
        if let Some(error) = validation.await {
            return Err(GpuError::Refused { what: what.to_owned(), reason: error.to_string() });
        }
        if let Some(error) = memory.await {
            return Err(GpuError::Memory { reason: error.to_string() });
        }
        made
    }
}

type Slot = Arc<Mutex<(Option<Result<(), GpuError>>, Option<Waker>)>>;

/// Says once that something is done.
struct Send(Slot);

/// Waits for it.
struct Receive(Slot);

fn signal() -> (Send, Receive) {
    let slot = Slot::default();
    (Send(slot.clone()), Receive(slot))
}

impl Send {
    fn set(&self, result: Result<(), GpuError>) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.0 = Some(result);
        if let Some(waker) = slot.1.take() {
            waker.wake();
        }
    }
}

impl Drop for Send {
    /// A callback that is dropped without having been called means that the device is gone.
    fn drop(&mut self) {
        let silent = self.0.lock().unwrap_or_else(PoisonError::into_inner).0.is_none();
        if silent {
            self.set(Err(GpuError::Lost { reason: "it stopped answering".into() }));
        }
    }
}

impl Future for Receive {
    type Output = Result<(), GpuError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(result) = slot.0.clone() {
            return Poll::Ready(result);
        }
        slot.1 = Some(context.waker().clone());
        Poll::Pending
    }
}
