//! Golden vectors as seeds, and an open vault for what is sealed.

use core::convert::Infallible;
use rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;
use std::sync::OnceLock;
use vault_core::{LockedVault, SlotList, UnlockedVault};
use zeroize::Zeroizing;

/// The cases of a file under vectors/.
pub(crate) fn cases(file: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).expect("vectors are JSON");
    file["cases"].as_array().cloned().unwrap_or_default()
}

/// A field of every case, from hexadecimal.
pub(crate) fn bytes_of(file: &str, field: &str) -> Vec<Vec<u8>> {
    let texts = cases(file);
    let texts = texts.iter().filter_map(|case| case[field].as_str());
    texts.map(hex).collect()
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
    digits.filter_map(byte).collect()
}

/// The vault of a slot list that stands in the vectors.
pub(crate) fn open(case: &Value) -> Option<UnlockedVault> {
    let list = SlotList::parse_json(case["list"].to_string().as_bytes()).ok()?;
    let locked = LockedVault::new(list.identity(), list).ok()?;
    let stretched: [u8; 32] = hex(case["stretched"].as_str()?).try_into().ok()?;
    let request = locked.kdf_request().ok()?;
    let key = request.accept_platform(Zeroizing::new(stretched));
    locked.unlock(key).ok()
}

/// The vaults of slot-list.json, one a policy.
pub(crate) fn vaults() -> &'static [UnlockedVault] {
    static VAULTS: OnceLock<Vec<UnlockedVault>> = OnceLock::new();
    VAULTS.get_or_init(|| {
        let lists = cases(include_str!("../../vectors/slot-list.json"));
        let open: Vec<_> = lists.iter().filter_map(open).collect();
        assert!(open.len() >= 2, "a vault a policy");
        open
    })
}

/// Counts up. The targets need other values, not good ones.
#[derive(Default)]
pub(crate) struct Counter(u8);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0 = self.0.wrapping_add(1);
        Ok(u32::from(self.0))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.try_next_u32().map(u64::from)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for byte in out {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}
