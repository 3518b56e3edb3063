//! See `lockstep_fuzz::Target`.
#![no_main]

use lockstep_fuzz::Target;

libfuzzer_sys::fuzz_target!(init: Target::named("record_body").plant(), |data: &[u8]| {
    Target::named("record_body").run(data);
});
