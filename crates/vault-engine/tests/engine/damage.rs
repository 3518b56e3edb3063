//! What the disk loses or changes by itself.

use crate::support::{Device, Net, Server, Spoil, first_device, further_device};
use vault_engine::{Phase, Store, StoreError};
use vault_types::{Code, RecordId};

/// A device with a history: sent and unsent, edited, deleted, imported.
fn lived_in(net: &Net) -> (Device, Vec<RecordId>) {
    let mut device = first_device(net);
    let mut ids: Vec<RecordId> = (0..30)
        .map(|n| device.put(&format!("Note {n}"), &format!("word{n} common")))
        .collect();
    device.sync_well();
    for (n, id) in ids.iter().enumerate().take(10) {
        device.save(*id, &format!("edited{n} common")).unwrap();
    }
    device.remove(ids[10]).unwrap();
    device.sync_well();
    net.borrow_mut().offline = true;
    for (n, id) in ids.iter().enumerate().skip(5).take(10) {
        if n != 10 {
            device.save(*id, &format!("unsent{n} common")).unwrap();
        }
    }
    device.remove(ids[20]).unwrap();
    ids.remove(20);
    ids.remove(10);
    net.borrow_mut().offline = false;
    (device, ids)
}

fn story(device: &mut Device, ids: &[RecordId]) -> Vec<(String, String)> {
    let mut story: Vec<(String, String)> = ids
        .iter()
        .map(|id| {
            let record = device.open(*id).unwrap();
            (record.item.title, record.text)
        })
        .collect();
    story.sort();
    assert_eq!(device.list().len(), story.len());
    story
}

#[test]
fn a_damaged_or_missing_catalogue_page_is_made_again_from_the_operations() {
    for spoil in [Spoil::Damage, Spoil::Lose, Spoil::Cut] {
        let net = Server::new();
        let (mut device, ids) = lived_in(&net);
        let before = story(&mut device, &ids);
        let filler: Vec<_> = (0..600)
            .map(|n| crate::support::note(&format!("Filler {n}"), "filler text"))
            .collect();
        device
            .call(vault_engine::Command::Put { records: filler })
            .map_err(|failure| failure.code)
            .ok()
            .unwrap();
        let pages = device.disk.keys(Store::Pages);
        assert!(pages.len() > 1);
        device.disk.spoil(Store::Pages, &pages[0], spoil);
        device.restart();
        device.unlock().unwrap();
        device.settle();
        assert_eq!(device.list().len(), ids.len() + 600);
        assert_eq!(device.hits("filler").unwrap().total, 600);
        let items = device.list();
        let after: Vec<_> = ids
            .iter()
            .map(|id| {
                items
                    .iter()
                    .find(|item| item.id == *id)
                    .unwrap()
                    .title
                    .clone()
            })
            .collect();
        assert_eq!(after.len(), before.len());
        for (id, title) in ids.iter().zip(after) {
            let text = device.text(*id);
            assert!(before.contains(&(title, text)));
        }
        for n in 5..10 {
            assert_eq!(device.found(&format!("unsent{n}")), [format!("Note {n}")]);
        }
        device.sync_well();
        device.restart();
        device.unlock().unwrap();
        assert_eq!(device.list().len(), ids.len() + 600);
        assert_eq!(device.hits("common").unwrap().total as usize, ids.len());
        device.sync_well();
        // What the server holds is what a new device sees.
        let mut other = further_device(&net, 2);
        other.sync_well();
        assert_eq!(other.titles(), device.titles());
    }
}

#[test]
fn a_catalogue_that_cannot_be_written_again_is_tried_at_the_next_unlock() {
    let net = Server::new();
    let (mut device, ids) = lived_in(&net);
    let before = story(&mut device, &ids);
    let page = device.disk.keys(Store::Pages).remove(0);
    device.disk.spoil(Store::Pages, &page, Spoil::Damage);
    device.restart();
    device.disk.always = Some(StoreError::Full);
    assert_eq!(device.unlock().err().unwrap().code, Code::StorageFull);
    assert_eq!(device.phase(), Phase::Locked);
    device.disk.always = None;
    device.unlock().unwrap();
    assert_eq!(story(&mut device, &ids), before);
}

#[test]
fn a_damaged_or_missing_index_segment_is_made_again() {
    for spoil in [Spoil::Damage, Spoil::Lose, Spoil::Cut] {
        let net = Server::new();
        let (mut device, ids) = lived_in(&net);
        let before = story(&mut device, &ids);
        for key in device.disk.keys(Store::Segments) {
            device.disk.spoil(Store::Segments, &key, spoil);
        }
        device.restart();
        device.unlock().unwrap();
        assert_eq!(story(&mut device, &ids), before);
        assert_eq!(device.found("common").len(), ids.len());
        device.assert_consistent();
        // The damaged ones are gone, and what is there now is whole.
        device.restart();
        device.unlock().unwrap();
        let writes = device.disk.writes;
        assert_eq!(device.disk.keys(Store::Segments).len(), 1);
        assert_eq!(device.found("common").len(), ids.len());
        device.restart();
        device.unlock().unwrap();
        device.settle();
        assert!(device.disk.writes - writes <= 3);
    }
}

#[test]
fn damaged_key_slots_are_fetched_again() {
    let net = Server::new();
    let (mut device, ids) = lived_in(&net);
    let before = story(&mut device, &ids);
    device.disk.spoil(Store::Meta, "slots", Spoil::Cut);
    device.restart();
    device.unlock().unwrap();
    assert_eq!(story(&mut device, &ids), before);
    net.borrow_mut().offline = true;
    device.restart();
    device.unlock().unwrap();
}

#[test]
fn an_index_that_cannot_be_read_once_is_not_doubled() {
    let net = Server::new();
    let (mut device, ids) = lived_in(&net);
    device.restart();
    device.disk.unreadable = Some(Store::Segments);
    device.unlock().unwrap();
    device.settle();
    assert_eq!(device.found("common").len(), ids.len());
    device.disk.unreadable = None;
    device.restart();
    device.unlock().unwrap();
    assert_eq!(device.found("common").len(), ids.len());
    device.restart();
    device.unlock().unwrap();
    device.assert_consistent();
    assert!(device.disk.keys(Store::Segments).len() < 10);
}

#[test]
fn a_missing_pack_is_told_for_its_notes_and_leaves_the_others_alone() {
    let net = Server::new();
    let mut device = first_device(&net);
    let lost = device.put("Lost", "lost1 text");
    let kept = device.put("Kept", "kept1 text");
    device.sync_well();
    let pack = device.disk.keys(Store::Packs).remove(0);
    device.disk.spoil(Store::Packs, &pack, Spoil::Lose);
    device.restart();
    device.unlock().unwrap();
    assert_eq!(device.open(lost).err().unwrap().code, Code::Corrupt);
    assert_eq!(device.save(lost, "x").err().unwrap().code, Code::Corrupt);
    assert_eq!(device.text(kept), "kept1 text");
    assert_eq!(device.found("text"), ["Kept", "Lost"]);
    assert!(device.save(kept, "changed1 text").is_ok());
    device.sync_well();
    // Another device's edit mends it.
    let mut other = further_device(&net, 2);
    other.save(lost, "mended1 text").unwrap();
    other.sync_well();
    device.sync_well();
    assert_eq!(device.text(lost), "mended1 text");
}

#[test]
fn a_pack_that_cannot_be_read_now_is_no_damage() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.sync_well();
    device.restart();
    device.unlock().unwrap();
    device.disk.unreadable = Some(Store::Packs);
    assert_eq!(device.open(id).err().unwrap().code, Code::StorageFailed);
    assert_eq!(
        device.save(id, "x").err().unwrap().code,
        Code::StorageFailed
    );
    device.disk.unreadable = None;
    assert_eq!(device.text(id), "text");
    assert!(device.save(id, "x").is_ok());
}

#[test]
fn an_unsent_pack_that_cannot_be_read_now_is_sent_later() {
    let net = Server::new();
    let mut device = first_device(&net);
    net.borrow_mut().offline = true;
    device.put("Title", "text");
    device.restart();
    net.borrow_mut().offline = false;
    device.disk.unreadable = Some(Store::Packs);
    device.unlock().unwrap();
    assert_eq!(device.sync().code, Some("storage_failed"));
    device.disk.unreadable = None;
    device.sync_well();
}
