//! See `lockstep_fuzz::Target`.
#![no_main]

use lockstep_fuzz::Target;

libfuzzer_sys::fuzz_target!(init: Target::named("segment").plant(), |data: &[u8]| {
    Target::named("segment").run(data);
});
