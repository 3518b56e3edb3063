//! See `lockstep_fuzz::Target`.
#![no_main]

use lockstep_fuzz::Target;

libfuzzer_sys::fuzz_target!(init: Target::named("draft").plant(), |data: &[u8]| {
    Target::named("draft").run(data);
});
