//! See `lockstep_fuzz::Target`.
#![no_main]

use lockstep_fuzz::Target;

libfuzzer_sys::fuzz_target!(init: Target::named("packed_operations").plant(), |data: &[u8]| {
    Target::named("packed_operations").run(data);
});
