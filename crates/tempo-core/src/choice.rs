//! Options that are one of a few names: the name is the wire form, the flag's value and what errors list.

/// Defines an enum whose variants have fixed kebab-case names, shared by serde, `Display` and `FromStr`. The first line
/// of a variant's doc comment is what its name means, in a help too.
#[macro_export]
macro_rules! choice {
    (
        $(#[$meta:meta])*
        pub $(($visibility:tt))? enum $name:ident {
            $( #[doc = $meaning:literal] $(#[$variant_meta:meta])* $variant:ident = $text:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub $(($visibility))? enum $name {
            $( #[doc = $meaning] $(#[$variant_meta])* #[serde(rename = $text)] $variant, )+
        }

        impl $name {
            /// Every name, in the order of the documentation.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// What each name means, as its doc comment has it.
            pub const MEANINGS: &'static [&'static str] = &[$($meaning),+];

            /// The name used in flags, configuration files and traces.
            pub fn name(self) -> &'static str {
                match self { $( Self::$variant => $text, )+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ConfigError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $( $text => Ok(Self::$variant), )+
                    _ => Err($crate::ConfigError::UnknownChoice {
                        value: text.to_owned(),
                        allowed: Self::NAMES.join(", "),
                    }),
                }
            }
        }
    };
}
