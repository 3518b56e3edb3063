//! A device without a device: the real engine, driven on virtual time over a
//! disk in memory and a server that decides with `sync_core`'s own half.

mod account;
mod ask;
mod device;
mod disk;
mod server;
mod vault_keys;
mod vault_store;

pub(crate) use ask::{LINK, PASSPHRASE, WRONG, code_of, note, save_text};
pub(crate) use device::{Device, Hold, Kdf, slots_of_100_000_rounds};
pub(crate) use disk::{Fault, Spoil};
pub(crate) use server::{Meddling, Net, Server, message, problem};

/// The virtual time at which every test begins: 2026-01-01.
pub(crate) const START_MS: u64 = 1_767_225_600_000;

/// A device that is signed in and whose vault is new and open.
pub(crate) fn first_device(net: &Net) -> Device {
    let mut device = Device::new(net, 1);
    device.sign_in(LINK).unwrap();
    device.create_vault().unwrap();
    device
}

/// Another device of the same account, unlocked and in step.
pub(crate) fn further_device(net: &Net, seed: u64) -> Device {
    let mut device = Device::new(net, seed);
    device.sign_in(LINK).unwrap();
    device.unlock().unwrap();
    device.settle();
    device
}
