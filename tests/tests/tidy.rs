//! The house's own invariants (crates/README.md): absences that no compiler checks.

use std::path::{Path, PathBuf};

/// A longer file argues its length in its head comment.
const LINES: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Rust sources below a folder of the project, sorted, with their text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    files(folder, &["rs"])
}

/// Files with one of these extensions below a folder, sorted, with their text; what was built is left out.
fn files(folder: &str, extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend(Some(path).filter(|path| !path.ends_with("www/src/wasm")));
            } else if path.extension().is_some_and(|found| extensions.iter().any(|extension| found == *extension)) {
                found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} has no sources");
    found
}

/// Lines that are code, not comment.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

/// Files with a line of code that has one of these words.
fn files_with(folder: &str, words: &[&str]) -> Vec<String> {
    sources(folder)
        .iter()
        .filter(|(_, text)| code(text).any(|line| words.iter().any(|word| line.contains(word))))
        .map(|(path, _)| name(path, folder))
        .collect()
}

fn name(path: &Path, folder: &str) -> String {
    path.strip_prefix(root().join(folder)).unwrap().to_string_lossy().replace('\\', "/")
}

#[test]
fn core_depends_on_serde_and_thiserror_only() {
    let manifest = std::fs::read_to_string(root().join("crates/tempo-core/Cargo.toml")).unwrap();
    let (_, section) = manifest.split_once("[dependencies]\n").unwrap();
    let dependencies: Vec<&str> = section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .collect();
    assert_eq!(dependencies, ["serde.workspace = true", "thiserror.workspace = true"]);
}

#[test]
fn core_has_no_clock_no_files_no_threads_no_randomness() {
    let words = ["std::fs", "std::time", "std::thread", "std::net", "HashMap", "HashSet", "Instant", "SystemTime"];
    assert_eq!(files_with("crates/tempo-core/src", &words), Vec::<String>::new());
}

#[test]
fn only_the_wire_derives_serde_in_core() {
    let files = files_with("crates/tempo-core/src", &["Serialize", "Deserialize"]);
    let wire =
        ["choice.rs", "event/decoders.rs", "event/meter.rs", "event/scored.rs", "event.rs", "ids.rs", "options.rs"];
    assert_eq!(files, wire);
}

#[test]
fn the_model_does_not_know_what_tempo_is() {
    let files = files_with("crates/tempo-model/src", &["tempo_core"]);
    assert!(files.iter().all(|file| file == "engine.rs" || file.starts_with("engine/")), "{files:?}");
}

#[test]
fn one_file_knows_the_browser() {
    let files = files_with("crates/tempo-model/src", &["target_family", "target_arch"]);
    assert!(files.iter().all(|file| file == "device.rs"), "{files:?}");
    assert!(files_with("crates/tempo-core/src", &["target_family", "target_arch"]).is_empty());
    // Which vector units there are.
    assert_eq!(files_with("crates/tempo-kernels/src", &["target_family", "target_arch"]), ["cpu/lanes.rs"]);
    // Where there are large pages.
    assert_eq!(files_with("crates/tempo-kernels/src", &["target_os"]), ["cpu/pages.rs"]);
    // The browser's face exists in a browser only.
    assert_eq!(files_with("crates/tempo-web/src", &["target_family", "target_arch"]), ["lib.rs"]);
}

#[test]
fn kernels_know_no_tensors_and_no_algorithm() {
    assert!(files_with("crates/tempo-kernels/src", &["burn::", "tempo_core", "tempo_model"]).is_empty());
}

#[test]
fn the_tokenizer_knows_no_tensors_no_devices_and_no_model() {
    let words = ["burn::", "wgpu::", "tempo_core", "tempo_kernels", "tempo_model"];
    assert_eq!(files_with("crates/tempo-tokenizer/src", &words), Vec::<String>::new());
    let manifest = std::fs::read_to_string(root().join("crates/tempo-tokenizer/Cargo.toml")).unwrap();
    let own: Vec<&str> = manifest.lines().filter(|line| line.starts_with("tempo-")).collect();
    assert_eq!(own, ["tempo-gguf.workspace = true"]);
}

#[test]
fn which_files_are_a_model_is_told_by_names_alone() {
    let words = ["std::fs", "std::net", "File::", "tempo_"];
    let files = files_with("crates/tempo-files/src", &words);
    assert_eq!(files, Vec::<String>::new());
    // The page asks: it has no such rule of its own.
    assert!(page_files_with(&["Q4_K_M'", "mmproj"]).is_empty(), "{:?}", page_files_with(&["Q4_K_M'", "mmproj"]));
}

#[test]
fn one_file_is_unsafe() {
    let files = files_with("crates", &["unsafe_code", "unsafe "]);
    assert_eq!(files, ["tempo-web/src/face/start.rs"]);
}

#[test]
fn tensors_are_read_back_in_one_place() {
    let places: Vec<String> = sources("crates")
        .iter()
        // Tests may look at a tensor with the same call.
        .filter(|(path, _)| !path.ends_with("tests.rs"))
        .flat_map(|(path, text)| {
            let name = name(path, "crates");
            let shipped = code(text).take_while(|line| *line != "#[cfg(test)]");
            shipped.filter(|line| line.contains("into_data_async")).map(|_| name.clone()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(places, ["tempo-model/src/tensors.rs"]);
}

#[test]
fn files_stay_small() {
    let long: Vec<String> = ["crates", "tests"]
        .iter()
        .flat_map(|folder| sources(folder))
        .chain(files("www/src", &["ts", "svelte"]))
        // Written by a test.
        .filter(|(path, _)| !path.ends_with("www/src/contract.ts"))
        .filter(|(_, text)| text.lines().count() > LINES)
        .map(|(path, text)| format!("{} has {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

/// Names of files below `www/src` with a line of code that has one of these words.
fn page_files_with(words: &[&str]) -> Vec<String> {
    files("www/src", &["ts", "svelte"])
        .iter()
        .filter(|(path, _)| !path.to_string_lossy().ends_with(".test.ts"))
        .filter(|(_, text)| code(text).any(|line| words.iter().any(|word| line.contains(word))))
        .map(|(path, _)| name(path, "www/src"))
        .collect()
}

/// What decides in the page: every module at the top of `www/src` but those that start something, and whole folders.
fn decides(file: &str) -> bool {
    const FOLDERS: [&str; 5] = ["describe/", "export/", "layout/", "notices/", "settings/"];
    const STARTING: [&str; 5] = ["app.svelte.ts", "check.ts", "main.ts", "sw.ts", "worker.ts"];
    let at_the_top = !file.contains('/') && Path::new(file).extension().is_some_and(|found| found == "ts");
    FOLDERS.iter().any(|folder| file.starts_with(folder)) || (at_the_top && !STARTING.contains(&file))
}

#[test]
fn what_decides_in_the_page_touches_no_dom() {
    for file in ["trace.ts", "url-state.ts", "layout/lattice.ts", "settings/values.ts", "export/svg.ts"] {
        assert!(decides(file), "{file}");
    }
    let touching = page_files_with(&["document.", "HTMLElement", "navigator.", "localStorage", "addEventListener"]);
    let found: Vec<&String> = touching.iter().filter(|file| decides(file)).collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(touching.iter().any(|file| file == "main.ts"), "the page as a whole does");
}

#[test]
fn only_the_worker_of_the_page_imports_the_wasm() {
    let importers = page_files_with(&["from './wasm/", "import('./wasm/", "from '../wasm/"]);
    assert_eq!(importers, ["worker.ts"]);
}

#[test]
fn text_stays_text_in_the_page() {
    let found = page_files_with(&["{@html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("]);
    assert!(found.is_empty(), "{found:?}");
}
