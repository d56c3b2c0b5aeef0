//! Memory in large pages, where a system gives them for the asking.
//!
//! A step streams through all weights. In pages of 4 KiB it needs some thirty thousand of them, which no table of a
//! processor holds, so that it looks up and walks again and again; in pages of 2 MiB it needs a hundred.

#[cfg(target_os = "linux")]
pub(super) use linux::Pages;
#[cfg(not(target_os = "linux"))]
pub(super) use none::Pages;

#[cfg(target_os = "linux")]
mod linux {
    use std::ops::{Deref, DerefMut};

    use memmap2::{Advice, MmapMut};

    /// Words in memory of their own, all zero; none of it is taken before it is written to.
    #[derive(Debug)]
    pub(in super::super) struct Pages(MmapMut);

    impl Pages {
        /// Memory for so many words; nothing where the system has no large pages or no memory.
        pub(in super::super) fn new(words: usize) -> Option<Self> {
            let map = MmapMut::map_anon(words.checked_mul(4)?).ok()?;
            map.advise(Advice::HugePage).ok()?;
            Some(Self(map))
        }
    }

    impl Deref for Pages {
        type Target = [u32];

        fn deref(&self) -> &[u32] {
            bytemuck::cast_slice(&self.0)
        }
    }

    impl DerefMut for Pages {
        fn deref_mut(&mut self) -> &mut [u32] {
            bytemuck::cast_slice_mut(&mut self.0)
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod none {
    use std::ops::{Deref, DerefMut};

    /// No such memory.
    #[derive(Debug)]
    pub(in super::super) enum Pages {}

    impl Pages {
        pub(in super::super) fn new(_words: usize) -> Option<Self> {
            None
        }
    }

    impl Deref for Pages {
        type Target = [u32];

        fn deref(&self) -> &[u32] {
            match *self {}
        }
    }

    impl DerefMut for Pages {
        fn deref_mut(&mut self) -> &mut [u32] {
            match *self {}
        }
    }
}
