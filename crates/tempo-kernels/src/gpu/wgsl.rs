//! Names on both sides: structs and constants that are written once, in Rust, and declared in WGSL from there.
//!
//! Every number has four bytes, so both languages lay the fields out in the same way: one after another, without gaps. A
//! test asks the compiler of WGSL for the offsets all the same.

use std::fmt::Write;

use bytemuck::{Pod, Zeroable};

/// A type that both languages have.
pub(super) trait Shared: Pod {
    /// Its name in WGSL.
    fn name() -> String;
}

impl Shared for u32 {
    fn name() -> String {
        "u32".to_owned()
    }
}

impl Shared for f32 {
    fn name() -> String {
        "f32".to_owned()
    }
}

/// A count that invocations add to at the same time.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(super) struct Atomic(pub(super) u32);

impl Shared for Atomic {
    fn name() -> String {
        "atomic<u32>".to_owned()
    }
}

impl<T: Shared, const N: usize> Shared for [T; N]
where
    Self: Pod,
{
    fn name() -> String {
        format!("array<{}, {N}>", T::name())
    }
}

/// A field of a struct that both languages have.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) of: String,
    /// Bytes from the beginning of the struct.
    pub(super) offset: usize,
}

/// A struct that both languages have.
pub(super) trait SharedStruct: Shared {
    /// All fields, in their order.
    fn fields() -> Vec<Field>;

    /// Words of four bytes.
    const WORDS: usize = size_of::<Self>() / 4;

    /// The struct in WGSL.
    fn declaration() -> String {
        declaration(&Self::name(), &Self::fields())
    }

    /// Where the fields are in an array of words: `PREFIX_FIELD` for each, and `PREFIX_WORDS`.
    fn offsets(prefix: &str) -> String {
        offsets(prefix, &Self::fields()) + &constant(&format!("{prefix}_WORDS"), Self::WORDS)
    }
}

/// A struct in WGSL.
fn declaration(name: &str, fields: &[Field]) -> String {
    let mut text = format!("struct {name} {{\n");
    for Field { name, of, .. } in fields {
        let _ = writeln!(text, "    {name}: {of},");
    }
    text + "}\n"
}

/// Where fields are in an array of words.
fn offsets(prefix: &str, fields: &[Field]) -> String {
    let name = |field: &Field| format!("{prefix}_{}", field.name.to_ascii_uppercase());
    fields.iter().map(|field| constant(&name(field), field.offset / 4)).collect()
}

/// Declares structs that both languages have, with fields of shared types.
macro_rules! shared_structs {
    ($($(#[$doc:meta])* struct $name:ident { $($(#[$field_doc:meta])* $field:ident: $of:ty,)* })*) => {$(
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
        pub(super) struct $name {
            $($(#[$field_doc])* pub(super) $field: $of,)*
        }

        impl $crate::gpu::wgsl::Shared for $name {
            fn name() -> String {
                stringify!($name).to_owned()
            }
        }

        impl $crate::gpu::wgsl::SharedStruct for $name {
            fn fields() -> Vec<$crate::gpu::wgsl::Field> {
                vec![$($crate::gpu::wgsl::Field {
                    name: stringify!($field),
                    of: <$of as $crate::gpu::wgsl::Shared>::name(),
                    offset: std::mem::offset_of!($name, $field),
                }),*]
            }
        }
    )*};
}

pub(super) use shared_structs;

/// A whole number in WGSL.
pub(super) fn constant(name: &str, value: usize) -> String {
    format!("const {name} = {value}u;\n")
}

/// Whole numbers in WGSL, by their names.
pub(super) fn constants<const N: usize>(all: [(&str, usize); N]) -> String {
    all.into_iter().map(|(name, value)| constant(name, value)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wgpu::naga::valid::{Capabilities, ValidationFlags, Validator};
    use wgpu::naga::{self, TypeInner};

    use super::*;
    use crate::WeightFormat;
    use crate::gpu::digest::{Answer, Facts, Sums};
    use crate::gpu::inputs::Head;
    use crate::gpu::pipelines::{KernelOptions, attention, kernels};
    use crate::gpu::shapes::{
        AttentionShape, DigestShape, EmbedShape, NormShape, ProductShape, ReceivedShape, RotateShape,
    };
    use crate::testing::{Kind, decoder};

    /// A struct as Rust has it: its name, the offsets of its fields, its bytes.
    type Layout = (String, Vec<(String, usize)>, usize);

    fn layout<T: SharedStruct>() -> Layout {
        let fields = T::fields().into_iter().map(|field| (field.name.to_owned(), field.offset));
        (T::name(), fields.collect(), size_of::<T>())
    }

    fn layouts() -> [Layout; 11] {
        [
            layout::<EmbedShape>(),
            layout::<ProductShape>(),
            layout::<RotateShape>(),
            layout::<AttentionShape>(),
            layout::<ReceivedShape>(),
            layout::<NormShape>(),
            layout::<DigestShape>(),
            layout::<Head>(),
            layout::<Facts>(),
            layout::<Sums>(),
            layout::<Answer>(),
        ]
    }

    /// The structs of a kernel as WGSL has them. The kernel is sound.
    fn parsed(text: &str, what: &str) -> Vec<Layout> {
        let module = naga::front::wgsl::parse_str(text).unwrap_or_else(|error| {
            panic!("{what}: {}", error.emit_to_string(text));
        });
        // `unpack2x16float`, which every device has.
        let capabilities = Capabilities::SHADER_FLOAT16_IN_FLOAT32;
        let checked = Validator::new(ValidationFlags::all(), capabilities).validate(&module);
        assert!(checked.is_ok(), "{what}: {checked:?}");
        let structs = module.types.iter().filter_map(|(_, of)| match &of.inner {
            TypeInner::Struct { members, span } => {
                let fields = members.iter().map(|m| (m.name.clone().unwrap_or_default(), m.offset as usize));
                Some((of.name.clone().unwrap_or_default(), fields.collect(), *span as usize))
            }
            _ => None,
        });
        structs.collect()
    }

    #[test]
    fn every_kernel_is_sound_and_has_its_structs_where_rust_has_them() {
        let want = layouts();
        let mut found = BTreeSet::new();
        for (olmo, neox, gemma) in
            [(false, false, false), (false, false, true), (true, false, false), (false, true, false)]
        {
            let decoder = decoder(Kind { olmo, neox, gemma, ..Kind::default() });
            for software in [false, true] {
                for format in WeightFormat::ALL {
                    let options = KernelOptions {
                        embedding: format,
                        lm_head: format,
                        layers: vec![format],
                        qk_norm: gemma || olmo,
                        in_norms: !olmo,
                        out_norms: gemma || olmo,
                        attention: attention(software),
                    };
                    for kernel in kernels(&decoder, &options, software) {
                        for layout in parsed(&kernel.source(), &format!("{kernel:?}")) {
                            let expected = want.iter().find(|(name, ..)| *name == layout.0);
                            assert!(expected.is_none_or(|expected| *expected == layout), "{kernel:?}: {layout:?}");
                            found.insert(layout.0);
                        }
                    }
                }
            }
        }
        assert!(want.iter().all(|(name, ..)| found.contains(name)), "{found:?}");
    }

    #[test]
    fn offsets_count_words() {
        shared_structs! {
            struct Pair {
                first: f32,
                rest: [u32; 3],
                last: u32,
            }
        }
        let want = "const P_FIRST = 0u;\nconst P_REST = 1u;\nconst P_LAST = 4u;\nconst P_WORDS = 5u;\n";
        assert_eq!(Pair::offsets("P"), want);
        assert_eq!(
            Pair::declaration(),
            "struct Pair {\n    first: f32,\n    rest: array<u32, 3>,\n    last: u32,\n}\n"
        );
    }
}
