//! Where a model runs fastest: measured on the model itself, not guessed from what a device is called.

use crate::device::{DeviceChoice, DevicePreference, DeviceReason, Devices};
use crate::engine::{Engine, Loading};
use crate::error::LoadError;
use crate::warm;

/// A step that takes no longer on the CPU, in milliseconds, is not beaten: handing work to a graphics device and
/// waiting for its answer takes about as long.
const ROUND_TRIP: f64 = 1.0;
/// The same where the only graphics device is a program on the CPU, which has nothing that the CPU has not.
const SOFTWARE: f64 = 100.0;
/// Weights above this are not loaded twice to find out: a graphics device that is none in name only is faster.
const TRIED_TWICE: u64 = 256 << 20;
/// Steps that are measured; the fastest counts, since others share the machine.
const STEPS: usize = 3;

/// Loads a model on the CPU and on the graphics device, measures a few steps on each and keeps the faster.
///
/// `device` is the one that promises to be the faster; `clock` tells milliseconds since any moment.
///
/// # Errors
/// When the model cannot be loaded. A graphics device that fails is a reason for the CPU, not an error.
pub(crate) async fn load(
    mut loading: Loading<'_>,
    device: DeviceChoice,
    devices: &mut Devices,
    clock: &dyn Fn() -> f64,
) -> Result<Engine, LoadError> {
    let bytes = loading.inventory.parameters() * loading.weights.format.bits() / 8;
    if bytes > TRIED_TWICE && !device.is_cpu() {
        let reason = "a hardware graphics adapter, and the model is too large to be tried on the cpu as well";
        let device = device.chosen(DeviceReason::Hardware, reason);
        return loading.on(&device).await;
    }
    let none = device.chosen_for == DeviceReason::NoAdapter || bytes > TRIED_TWICE;
    let cpu = DeviceChoice::cpu("").chosen(device.chosen_for, device.reason.clone());
    let mut on_cpu = loading.again().on(&cpu).await?;
    if none {
        return Ok(on_cpu);
    }
    let cpu_ms = measure(&mut on_cpu, clock).await?;
    if device.chosen_for == DeviceReason::SoftwareAdapter && cpu_ms <= SOFTWARE {
        let reason = format!("a step takes {cpu_ms:.2} ms; {}", on_cpu.device().reason);
        return Ok(on_cpu.chosen(DeviceReason::SoftwareAdapter, reason));
    }
    if cpu_ms <= ROUND_TRIP {
        let reason = format!("a step takes {cpu_ms:.2} ms on the cpu, about what asking a graphics device takes");
        return Ok(on_cpu.chosen(DeviceReason::Measured, reason));
    }
    let gpu = match devices.open(DevicePreference::Gpu).await {
        Ok(gpu) => gpu,
        Err(error) => {
            let reason = format!("the graphics adapter did not open: {error}");
            return Ok(on_cpu.chosen(DeviceReason::AdapterFailed, reason));
        }
    };
    let on_gpu = async {
        let mut engine = loading.on(&gpu).await?;
        let ms = measure(&mut engine, clock).await?;
        Ok::<_, LoadError>((engine, ms))
    };
    let name = gpu.adapter.as_ref().map_or("the graphics device", |adapter| &adapter.name);
    Ok(match Box::pin(on_gpu).await {
        Ok((engine, ms)) => {
            let reason = format!("a step takes {cpu_ms:.2} ms on the cpu and {ms:.2} ms on {name}");
            if ms < cpu_ms { engine } else { on_cpu }.chosen(DeviceReason::Measured, reason)
        }
        Err(error) => on_cpu.chosen(DeviceReason::AdapterFailed, format!("{name} failed: {error}")),
    })
}

/// Milliseconds of the fastest of a few steps with two members.
async fn measure(engine: &mut Engine, clock: &dyn Fn() -> f64) -> Result<f64, LoadError> {
    let pass = warm::set_of_two(engine.config().layers);
    let mut least = f64::INFINITY;
    for turn in 0..=STEPS {
        let begun = clock();
        engine.try_pass(&pass).await?;
        // The first finds caches cold.
        if turn > 0 {
            least = least.min(clock() - begun);
        }
    }
    Ok(least)
}
