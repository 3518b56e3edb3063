//! What a list begins with, told while the rest of the vault is opened.

use crate::support::{Device, Server, Spoil, first_device};
use vault_engine::{ListItem, NewestRows, Notice, Phase, Store, Unsent};
use vault_types::Kind;

/// The key under which it lies on the disk.
const NEWEST: &str = "newest";

/// Unlocks, and gives what was told before the vault was open.
fn told_by_unlock(device: &mut Device) -> Option<Vec<NewestRows>> {
    device.restart();
    device.unlock().unwrap();
    let mut notices = std::mem::take(&mut device.notices).into_iter();
    let told = notices.find_map(|notice| match notice {
        Notice::Newest { sections } => Some(sections),
        Notice::State(state) => {
            assert_ne!(state.phase, Phase::Unlocked, "told too late");
            None
        }
        _ => None,
    });
    let opens = |notice| matches!(notice, Notice::State(state) if state.phase == Phase::Unlocked);
    assert!(notices.any(opens), "opens after it");
    told
}

fn entries(sections: &[NewestRows]) -> &NewestRows {
    let mut sections = sections.iter();
    sections.find(|of| of.kind == Kind::Infobase).unwrap()
}

fn titles(items: &[ListItem]) -> Vec<&str> {
    items.iter().map(|item| item.title.as_str()).collect()
}

#[test]
fn an_unlock_tells_how_each_list_begins_before_the_vault_is_open() {
    let mut device = first_device(&Server::new());
    for n in 0..40 {
        device.now_ms += 1_000;
        device.put(&format!("Note {n}"), "text");
    }
    let removed = device.put("Gone", "text");
    device.remove(removed).unwrap();
    let listed = device.list();
    let sections = told_by_unlock(&mut device).unwrap();
    let told = entries(&sections);
    assert_eq!(told.total, 40);
    assert!(told.items.len() >= 16 && told.items.len() < 40);
    assert_eq!(titles(&told.items), titles(&listed[..told.items.len()]));
    assert_eq!(told.items[0].revision, listed[0].revision);
}

#[test]
fn damaged_or_missing_newest_rows_harm_nobody() {
    for spoil in [Spoil::Damage, Spoil::Cut, Spoil::Lose] {
        let mut device = first_device(&Server::new());
        device.put("Here", "text");
        device.disk.spoil(Store::Meta, NEWEST, spoil);
        device.restart();
        device.unlock().unwrap();
        let told = |notice: &Notice| matches!(notice, Notice::Newest { .. });
        assert!(!device.notices.iter().any(told), "{spoil:?}");
        assert_eq!(titles(&device.list()), ["Here"]);
        device.put("There", "text");
        assert_eq!(entries(&told_by_unlock(&mut device).unwrap()).total, 2);
    }
}

#[test]
fn a_wrong_passphrase_is_told_nothing() {
    let mut device = first_device(&Server::new());
    device.put("Here", "text");
    device.restart();
    assert!(device.unlock_with("wrong passphrase").is_err());
    let told = |notice: &Notice| matches!(notice, Notice::Newest { .. });
    assert!(!device.notices.iter().any(told));
}

#[test]
fn nothing_of_a_list_stays_behind_a_sign_out() {
    let mut device = first_device(&Server::new());
    device.put("Here", "text");
    device.sync_well();
    assert!(device.disk.keys(Store::Meta).contains(&NEWEST.to_owned()));
    device.sign_out(Unsent::Keep).unwrap();
    assert!(!device.disk.keys(Store::Meta).contains(&NEWEST.to_owned()));
}
