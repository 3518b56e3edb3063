//! See `lockstep_fuzz::Target`.
#![no_main]

use lockstep_fuzz::Target;

libfuzzer_sys::fuzz_target!(init: Target::named("device_row").plant(), |data: &[u8]| {
    Target::named("device_row").run(data);
});
