//! What happens once, when the module is instantiated.

use std::sync::Once;

use wasm_bindgen::prelude::wasm_bindgen;

#[expect(unsafe_code, reason = "the linker's own function; nothing safe refers to it")]
mod linked {
    unsafe extern "C" {
        /// Runs all static constructors of the program; the linker writes it.
        fn __wasm_call_ctors();
    }

    /// Runs them.
    ///
    /// As long as nothing in the program refers to `__wasm_call_ctors`, the linker takes it for a program that is run
    /// once from the start, and puts a call to it in front of every export. The tensor library registers some thousand
    /// operations in static constructors, and its calls into the browser go through exports all the time: more than nine
    /// tenths of a step's time went there.
    pub(super) fn call_constructors() {
        // SAFETY: called once, before anything of the tensor library runs; the constructors only fill its lists.
        unsafe { __wasm_call_ctors() }
    }
}

static STARTED: Once = Once::new();

/// Runs when the module is instantiated; a second call does nothing.
#[wasm_bindgen(start)]
pub(crate) fn start() {
    STARTED.call_once(|| {
        linked::call_constructors();
        // A panic says in the console where it was.
        console_error_panic_hook::set_once();
    });
}
