//! See `lockstep_fuzz::Target`.
#![no_main]

use lockstep_fuzz::Target;

libfuzzer_sys::fuzz_target!(init: Target::named("recovery_code").plant(), |data: &[u8]| {
    Target::named("recovery_code").run(data);
});
