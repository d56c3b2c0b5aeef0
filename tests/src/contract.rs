//! The TypeScript of the page's contract, written from the Rust types.
//!
//! serde says which fields and variants a type has; which keys may be missing shows in a value that leaves out what it
//! can; the words come from the doc comments in the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_reflection::{ContainerFormat, Format, Named, Registry, Tracer, TracerConfig, VariantFormat};

/// Collects types in the order in which they are to be written.
pub struct Contract {
    tracer: Tracer,
    order: Vec<String>,
    notes: Notes,
}

/// What serde does not tell.
struct Notes {
    optional: BTreeSet<(String, String)>,
    docs: BTreeMap<String, String>,
}

impl Contract {
    /// Words come from these Rust sources.
    pub fn new(sources: &[String]) -> Self {
        Self {
            tracer: Tracer::new(TracerConfig::default().record_samples_for_newtype_structs(false)),
            order: Vec::new(),
            notes: Notes {
                optional: BTreeSet::new(),
                docs: sources.iter().flat_map(|source| doc_comments(source)).collect(),
            },
        }
    }

    /// Adds a type, and the types in it that are not there yet after it.
    ///
    /// # Panics
    /// When serde cannot tell its shape.
    pub fn add<T: DeserializeOwned>(&mut self) -> &mut Self {
        let (format, _) = self.tracer.trace_simple_type::<T>().expect("a type of plain structs and enums");
        if let Format::TypeName(name) = format {
            self.order.push(name);
        }
        self
    }

    /// Keys that this value leaves out are optional ones.
    ///
    /// # Panics
    /// When the value is not written as an object.
    pub fn leaves_out(&mut self, name: &str, value: &impl Serialize, keys: &[&str]) -> &mut Self {
        let written = serde_json::to_value(value).expect("it can be written");
        let written = written.as_object().expect("an object");
        for key in keys {
            assert!(!written.contains_key(*key), "{name} is written with {key}");
            self.notes.optional.insert((name.to_owned(), (*key).to_owned()));
        }
        self
    }

    /// All types as TypeScript. `tagged` have the given `type`; `replaced` name fields whose JavaScript type is another.
    ///
    /// # Panics
    /// When serde could not tell the shape of something.
    pub fn write(self, tagged: &[(&str, &str)], replaced: &[(&str, &str, &str)]) -> String {
        let Self { tracer, mut order, notes } = self;
        let registry = tracer.registry().expect("all types are known");
        let others: Vec<&String> = registry.keys().filter(|name| !order.contains(name)).collect();
        order.extend(others.into_iter().cloned().collect::<Vec<_>>());
        let mut text = String::new();
        for name in &order {
            if let Some(doc) = notes.docs.get(name) {
                let _infallible = writeln!(text, "/** {doc} */");
            }
            notes.write_type(&mut text, &registry, name, tagged, replaced);
            text.push('\n');
        }
        text
    }
}

impl Notes {
    fn write_type(
        &self,
        text: &mut String,
        registry: &Registry,
        name: &str,
        tagged: &[(&str, &str)],
        replaced: &[(&str, &str, &str)],
    ) {
        let mut line = |written: String| {
            text.push_str(&written);
            text.push('\n');
        };
        match &registry[name] {
            ContainerFormat::NewTypeStruct(inner) => line(format!("export type {name} = {};", script(inner))),
            ContainerFormat::Enum(variants) => {
                let names = variants.values().map(|Named { name, value }| {
                    assert!(matches!(value, VariantFormat::Unit), "{name} is a plain name");
                    format!("'{name}'")
                });
                let names: Vec<String> = names.collect();
                let short = format!("export type {name} = {};", names.join(" | "));
                // Where one line has room for all of them it holds them.
                line(if short.len() <= 120 {
                    short
                } else {
                    format!("export type {name} =\n  | {};", names.join("\n  | "))
                });
            }
            ContainerFormat::Struct(fields) => {
                line(format!("export interface {name} {{"));
                if let Some((_, tag)) = tagged.iter().find(|(of, _)| of == &name) {
                    line(format!("  type: '{tag}';"));
                }
                for Named { name: field, value } in fields {
                    if let Some(doc) = self.docs.get(&format!("{name}.{field}")) {
                        line(format!("  /** {doc} */"));
                    }
                    let replacement = replaced.iter().find(|(of, key, _)| *of == name && key == field);
                    let optional = self.optional.contains(&(name.to_owned(), field.clone()));
                    // A key that can be missing is never null.
                    let value = match value {
                        Format::Option(inner) if optional => inner,
                        other => other,
                    };
                    let kind = replacement.map_or_else(|| script(value), |(_, _, kind)| (*kind).to_owned());
                    line(format!("  {field}{}: {kind};", if optional { "?" } else { "" }));
                }
                line("}".to_owned());
            }
            other => panic!("{name} has no counterpart in TypeScript: {other:?}"),
        }
    }
}

/// A serde format in TypeScript.
fn script(format: &Format) -> String {
    match format {
        Format::TypeName(name) => name.clone(),
        Format::Bool => "boolean".to_owned(),
        Format::Str => "string".to_owned(),
        Format::U32 | Format::U64 | Format::F32 | Format::F64 => "number".to_owned(),
        Format::Option(inner) => format!("{} | null", script(inner)),
        Format::Seq(inner) => format!("{}[]", script(inner)),
        other => panic!("no counterpart in TypeScript: {other:?}"),
    }
}

/// First paragraphs of doc comments, by `Type` and `Type.field`.
fn doc_comments(source: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let (mut words, mut within) = (Vec::new(), String::new());
    for line in source.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix("///") {
            words.push(comment.trim().to_owned());
            continue;
        }
        if line.starts_with("#[") {
            continue;
        }
        let paragraph = words.split(String::is_empty).next().unwrap_or_default().join(" ");
        words.clear();
        let named = |prefix: &str| {
            let rest = line.strip_prefix(prefix)?;
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            Some((name, rest))
        };
        if let Some((name, _)) = named("pub struct ").or_else(|| named("pub enum ")) {
            within.clone_from(&name);
            found.insert(name, paragraph);
        } else if let Some((field, rest)) = named("pub ")
            && rest[field.len()..].starts_with(':')
        {
            found.insert(format!("{within}.{field}"), paragraph);
        }
    }
    found.retain(|_, doc: &mut String| {
        // Links of rustdoc are no links in TypeScript.
        *doc = doc.replace("[`", "`").replace("`]", "`");
        !doc.is_empty() && !doc.contains("*/")
    });
    found
}
