//! Whatever the sources cite of the documents exists: `ALGORITHM.md §4`, `LAB.md L3`, `DESIGN.md §1.3`, an invariant
//! `I9`, a view `V4`, and every other document by its name. A citation that leads nowhere fails with file and line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The documents whose sections are cited. Their names are unique, so a bare name stands for the path.
const DOCUMENTS: [&str; 3] = ["crates/tempo-core/ALGORITHM.md", "crates/tempo-core/LAB.md", "www/DESIGN.md"];
const EXTENSIONS: [&str; 9] = ["rs", "ts", "svelte", "css", "mjs", "py", "wgsl", "sh", "md"];
/// Folders that hold what was built, downloaded or generated, at any depth.
const SKIPPED: [&str; 9] = [".git", ".venv", "__pycache__", "dist", "node_modules", "out", "shared", "target", "wasm"];

/// What can be cited.
struct Contract {
    /// By bare name: `§` numbers, as `4`, `7a`, `1.3`.
    sections: BTreeMap<String, BTreeSet<String>>,
    /// Invariants (`I9`), views (`V4`) and chapters of the lab (`L3`).
    labels: BTreeSet<String>,
}

impl Contract {
    /// Reads the headings `## 4. …`, `### 1.3 …`, `## L3 …`, the table rows `| I9 | …` and the views `**V4 …`.
    fn read<'a>(documents: impl Iterator<Item = (&'a str, String)>) -> Self {
        let mut contract = Self { sections: BTreeMap::new(), labels: BTreeSet::new() };
        for (path, text) in documents {
            let sections = contract.sections.entry(file_name(path).to_owned()).or_default();
            for line in text.lines() {
                let heading = line.strip_prefix("## ").or_else(|| line.strip_prefix("### "));
                let start = heading.or_else(|| line.strip_prefix("| ")).or_else(|| line.strip_prefix("**"));
                let Some(word) = start.and_then(|start| start.split([' ', ',']).next()) else { continue };
                if is_label(word) {
                    contract.labels.insert(word.to_owned());
                } else if heading.is_some() && word.starts_with(|first: char| first.is_ascii_digit()) {
                    sections.insert(word.trim_end_matches('.').to_owned());
                }
            }
        }
        contract
    }

    /// What a text cites that does not exist: line number and reason. `exists` knows files by the path as written.
    fn unresolved(&self, path: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let own = file_name(path);
        for (index, line) in text.lines().enumerate() {
            let mut report = |reason: String| found.push((index + 1, reason));
            // Inside of one of the documents a bare section is its own.
            let mut document = self.sections.contains_key(own).then_some(own);
            for word in words(line) {
                if let Some(name) = document_name(word) {
                    let bare = file_name(name);
                    document = self.sections.contains_key(bare).then_some(bare);
                    // Tests of the page's model list have names of files that are no documents.
                    let known = (name == bare && document.is_some()) || exists(name);
                    if !known && !path.ends_with(".test.ts") {
                        report(format!("no document {name}"));
                    }
                }
                for number in word.split('§').skip(1) {
                    let number: String =
                        number.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
                    let number = number.trim_end_matches('.');
                    match document {
                        _ if number.is_empty() => {}
                        Some(name) if self.sections[name].contains(number) => {}
                        Some(name) => report(format!("{name} has no §{number}")),
                        None => report(format!("§{number} of which document? Write its name on the same line")),
                    }
                }
            }
            for label in prose(path, line).split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| is_label(word)) {
                if !self.labels.contains(label) {
                    report(format!("no {label} in ALGORITHM.md, LAB.md or DESIGN.md"));
                }
            }
        }
        found
    }
}

/// `I`, `V` or `L` and one or two digits.
fn is_label(word: &str) -> bool {
    word.strip_prefix(['I', 'V', 'L']).is_some_and(|number| {
        (1..=2).contains(&number.len()) && !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit())
    })
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || "()[]{}<>`'\"|,;*".contains(c))
}

/// The document that a word names, without an anchor; addresses on the web are not looked up.
fn document_name(word: &str) -> Option<&str> {
    let name = word.split('#').next()?.trim_end_matches(['.', ':', '?', '!']);
    let stem = name.strip_suffix(".md")?;
    (!stem.is_empty() && !name.contains("://") && !name.contains('$')).then_some(name)
}

/// The part of a line in which a word such as `I8` is a citation: comments of code (there are types of that name),
/// whole lines of documents and scripts.
fn prose<'a>(path: &str, line: &'a str) -> &'a str {
    if ["md", "py", "sh"].iter().any(|extension| path.ends_with(&format!(".{extension}"))) {
        return line;
    }
    let trimmed = line.trim_start();
    if ["*", "/*", "<!--"].iter().any(|opening| trimmed.starts_with(opening)) {
        return trimmed;
    }
    line.split_once("//").map_or("", |(_, comment)| comment)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn contract() -> Contract {
    Contract::read(DOCUMENTS.iter().map(|path| (*path, std::fs::read_to_string(root().join(path)).unwrap())))
}

/// Every source and document of the project, by its path from the root.
fn sources() -> Vec<(String, PathBuf)> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                // Cargo leaves that tag in a folder that it builds into, whatever its name.
                let built = SKIPPED.contains(&name.as_str()) || path.join("CACHEDIR.TAG").exists();
                folders.extend(Some(path).filter(|_| !built));
            } else if path.extension().is_some_and(|found| EXTENSIONS.iter().any(|extension| found == *extension)) {
                let relative = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((relative, path));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_is_cited_exists() {
    let contract = contract();
    let own = "tests/tests/citations.rs";
    let root = root();
    let failures: Vec<String> = sources()
        .iter()
        .filter(|(path, _)| path != own)
        .flat_map(|(path, file)| {
            let text = std::fs::read_to_string(file).unwrap();
            let folder = file.parent().unwrap();
            // Beside the text, by its path, or where the page has it.
            let folders = [folder, &root, &root.join("www/public")];
            let exists = |name: &str| folders.iter().any(|folder| folder.join(name).is_file());
            let places = contract.unresolved(path, &text, &exists);
            places.into_iter().map(|(line, reason)| format!("{path}:{line}: {reason}")).collect::<Vec<_>>()
        })
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn the_documents_have_what_code_relies_on() {
    let contract = contract();
    for (document, section) in [("ALGORITHM.md", "7a"), ("ALGORITHM.md", "11"), ("DESIGN.md", "1.4")] {
        assert!(contract.sections[document].contains(section), "{document} §{section}");
    }
    for label in ["I1", "I12", "I22", "L1", "L9", "V1", "V13"] {
        assert!(contract.labels.contains(label), "{label}");
    }
    assert!(sources().len() > 300, "the walk misses files");
}

#[test]
fn a_citation_that_leads_nowhere_is_found() {
    let contract = contract();
    let reasons = |path: &str, text: &str| {
        let exists = |name: &str| name == "README.md";
        contract.unresolved(path, text, &exists).into_iter().map(|(line, reason)| format!("{line} {reason}")).collect()
    };
    let none: [String; 0] = [];
    let found: Vec<String> =
        reasons("a.rs", "/// The rule (ALGORITHM.md §3, §7a), LAB.md L3, I9 and README.md.\nValue::I64");
    assert_eq!(found, none);
    let found: Vec<String> = reasons("a.rs", "fn f() {}\n// see ALGORITHM.md §99 and I77, V14 or L40");
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(found[0], "2 ALGORITHM.md has no §99");
    let found: Vec<String> = reasons("a.py", "# (§4)\n# see house.md, README.md §2");
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[1].contains("no document house.md"), "{found:?}");
    let found: Vec<String> = reasons("crates/tempo-core/ALGORITHM.md", "as §7 says, not §70");
    assert_eq!(found, ["1 ALGORITHM.md has no §70"]);
}
