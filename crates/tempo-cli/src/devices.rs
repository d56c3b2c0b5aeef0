//! `tempo devices`: what a model can run on, and which one `auto` takes and why.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempo_model::device::{self, AdapterReport, DeviceChoice, DevicePreference};

use crate::cli::DevicesArgs;
use crate::render::count;

/// Bytes in a mebibyte.
const MIB: u64 = 1 << 20;

/// Runs the subcommand.
pub(crate) fn run(args: &DevicesArgs) -> Result<ExitCode> {
    let (adapters, auto) = pollster::block_on(async {
        let adapters = device::adapters().await;
        device::open(DevicePreference::Auto).await.map(|auto| (adapters, auto))
    })
    .context("cannot open a device")?;
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &document(&adapters, &auto))?;
        writeln!(out)?;
    } else {
        print(&adapters, &auto, &mut out)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn name(choice: &DeviceChoice) -> &'static str {
    if choice.is_cpu() { "cpu" } else { "gpu" }
}

fn document(adapters: &[AdapterReport], auto: &DeviceChoice) -> Value {
    let adapters: Vec<Value> = adapters
        .iter()
        .map(|adapter| {
            json!({
                "name": adapter.name,
                "backend": adapter.backend,
                "kind": adapter.kind,
                "driver": adapter.driver,
                "software": adapter.software,
                "max_binding_bytes": adapter.max_binding_bytes,
                "max_buffer_bytes": adapter.max_buffer_bytes,
                "max_workgroup_invocations": adapter.max_workgroup_invocations,
                "max_workgroup_bytes": adapter.max_workgroup_bytes,
                "features": adapter.features,
            })
        })
        .collect();
    json!({
        "auto": {
            "device": name(auto),
            "adapter": auto.adapter.as_ref().map(|adapter| &adapter.name),
            "reason": auto.reason,
        },
        "cpu": { "threads": rayon::current_num_threads() },
        "adapters": adapters,
    })
}

fn print(adapters: &[AdapterReport], auto: &DeviceChoice, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "cpu   {}", count(rayon::current_num_threads(), "thread"))?;
    for adapter in adapters {
        let software = if adapter.software { ", a program on the cpu" } else { "" };
        writeln!(out, "gpu   {} ({}, {}{software})", adapter.name, adapter.backend, adapter.kind)?;
        if !adapter.driver.is_empty() {
            writeln!(out, "      driver     {}", adapter.driver)?;
        }
        let (binding, buffer) = (adapter.max_binding_bytes / MIB, adapter.max_buffer_bytes / MIB);
        writeln!(out, "      buffers    {buffer} MiB, {binding} MiB of one in a shader")?;
        let (invocations, memory) = (adapter.max_workgroup_invocations, adapter.max_workgroup_bytes / 1024);
        writeln!(out, "      workgroup  {invocations} invocations, {memory} KiB")?;
        let features = if adapter.features.is_empty() { "none".to_owned() } else { adapter.features.join(", ") };
        writeln!(out, "      features   {features}")?;
    }
    if adapters.is_empty() {
        writeln!(out, "gpu   no adapter found")?;
    }
    writeln!(out, "auto  takes {}: {}", name(auto), auto.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter() -> AdapterReport {
        AdapterReport {
            name: "Card".into(),
            backend: "Vulkan".into(),
            kind: "DiscreteGpu".into(),
            driver: "d 1".into(),
            software: false,
            max_binding_bytes: 128 * MIB,
            max_buffer_bytes: 256 * MIB,
            max_workgroup_invocations: 256,
            max_workgroup_bytes: 32768,
            features: vec!["subgroups"],
        }
    }

    #[test]
    fn the_choice_comes_with_its_reason() {
        let auto = DeviceChoice::cpu("no graphics adapter found");
        let document = document(&[], &auto);
        assert_eq!(document["auto"], json!({"device": "cpu", "adapter": null, "reason": "no graphics adapter found"}));
        let mut out = Vec::new();
        print(&[], &auto, &mut out).unwrap();
        assert!(
            String::from_utf8(out)
                .unwrap()
                .ends_with("gpu   no adapter found\nauto  takes cpu: no graphics adapter found\n")
        );
    }

    #[test]
    fn adapters_come_with_their_limits() {
        let mut out = Vec::new();
        print(&[adapter()], &DeviceChoice::cpu("r"), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.contains("gpu   Card (Vulkan, DiscreteGpu)\n      driver     d 1\n      buffers    256 MiB, 128 MiB"),
            "{text}"
        );
        assert!(text.contains("256 invocations, 32 KiB\n      features   subgroups\n"), "{text}");
    }
}
