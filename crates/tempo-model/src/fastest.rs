//! Where a model runs fastest: measured on the model itself, not guessed from what a device is called.

use crate::checkpoint::TensorSource;
use crate::config::DecoderConfig;
use crate::device::{self, ChosenFor, DeviceChoice, DevicePreference};
use crate::engine::Engine;
use crate::error::LoadError;
use crate::inventory::Inventory;
use crate::options::{LoadOptions, Progress};
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
/// `clock` tells milliseconds since any moment.
///
/// # Errors
/// When the model cannot be loaded. A graphics device that fails is a reason for the CPU, not an error.
pub(crate) async fn load<S: TensorSource>(
    id: &str,
    config: DecoderConfig,
    source: &mut S,
    options: LoadOptions,
    clock: &dyn Fn() -> f64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Engine, LoadError> {
    let device = device::open(DevicePreference::Auto).await?;
    let parameters = Inventory::new(&config, source.tensors()).parameters();
    let bytes = parameters * options.weights.bits() / 8;
    if bytes > TRIED_TWICE && !device.is_cpu() {
        let reason = "a hardware graphics adapter, and the model is too large to be tried on the cpu as well".into();
        let device = DeviceChoice { reason, ..device };
        return Engine::on(id, config, source, &device, options, progress).await;
    }
    let none = device.chosen_for == ChosenFor::NoAdapter || bytes > TRIED_TWICE;
    let cpu = DeviceChoice { chosen_for: device.chosen_for, ..DeviceChoice::cpu(device.reason.clone()) };
    let mut on_cpu = Engine::on(id, config.clone(), source, &cpu, options, progress).await?;
    if none {
        return Ok(on_cpu);
    }
    let cpu_ms = measure(&mut on_cpu, clock).await?;
    if device.chosen_for == ChosenFor::SoftwareAdapter && cpu_ms <= SOFTWARE {
        let reason = format!("a step takes {cpu_ms:.2} ms; {}", on_cpu.device().reason);
        return Ok(on_cpu.chosen(ChosenFor::SoftwareAdapter, reason));
    }
    if cpu_ms <= ROUND_TRIP {
        let reason = format!("a step takes {cpu_ms:.2} ms on the cpu, about what asking a graphics device takes");
        return Ok(on_cpu.chosen(ChosenFor::Measured, reason));
    }
    let gpu = match device::open(DevicePreference::Gpu).await {
        Ok(gpu) => gpu,
        Err(error) => {
            let reason = format!("the graphics adapter did not open: {error}");
            return Ok(on_cpu.chosen(ChosenFor::AdapterFailed, reason));
        }
    };
    let on_gpu = async {
        let mut engine = Engine::on(id, config, source, &gpu, options, progress).await?;
        let ms = measure(&mut engine, clock).await?;
        Ok::<_, LoadError>((engine, ms))
    };
    let name = gpu.adapter.as_ref().map_or("the graphics device", |adapter| &adapter.name);
    Ok(match Box::pin(on_gpu).await {
        Ok((engine, ms)) => {
            let reason = format!("a step takes {cpu_ms:.2} ms on the cpu and {ms:.2} ms on {name}");
            if ms < cpu_ms { engine } else { on_cpu }.chosen(ChosenFor::Measured, reason)
        }
        Err(error) => on_cpu.chosen(ChosenFor::AdapterFailed, format!("{name} failed: {error}")),
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
