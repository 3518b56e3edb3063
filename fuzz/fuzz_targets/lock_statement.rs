//! See `lockstep_fuzz::Target`.
#![no_main]

use lockstep_fuzz::Target;

libfuzzer_sys::fuzz_target!(init: Target::named("lock_statement").plant(), |data: &[u8]| {
    Target::named("lock_statement").run(data);
});
