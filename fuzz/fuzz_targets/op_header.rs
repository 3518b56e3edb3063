//! See `lockstep_fuzz::Target`.
#![no_main]

use lockstep_fuzz::Target;

libfuzzer_sys::fuzz_target!(init: Target::named("op_header").plant(), |data: &[u8]| {
    Target::named("op_header").run(data);
});
