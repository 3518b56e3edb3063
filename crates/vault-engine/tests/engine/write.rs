//! Writing and finding again.

use crate::support::{Fault, Server, code_of, first_device, note};
use vault_engine::{Command, Durability, Phase, Store};
use vault_types::{Code, Kind, RecordId};

#[test]
fn what_is_written_is_found_listed_and_opened() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Sourdough", "levain flour and water");
    device.put("Bicycle", "chain needs oil");
    assert_eq!(device.titles(), ["Bicycle", "Sourdough"]);
    assert_eq!(device.found("levain"), ["Sourdough"]);
    assert_eq!(device.found("lev"), ["Sourdough"]);
    assert_eq!(device.text(id), "levain flour and water");
    let hit = device.hits("flour").unwrap().hits.remove(0);
    assert!(hit.snippet.text.contains("flour"));
    assert_eq!(hit.snippet.highlights.len(), 1);
}

#[test]
fn a_locked_vault_shows_nothing_and_an_unlocked_one_everything() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Sourdough", "levain flour and water");
    device.lock();
    assert_eq!(
        code_of(device.call(Command::Open { id })),
        Some(Code::Locked)
    );
    assert_eq!(device.hits("levain").err().unwrap().code, Code::Locked);
    let list = Command::List {
        kind: None,
        tag: None,
        offset: 0,
        limit: 10,
    };
    assert_eq!(code_of(device.call(list)), Some(Code::Locked));
    assert_eq!(device.save(id, "x").err().unwrap().code, Code::Locked);
    assert_eq!(device.unlock().unwrap().phase, Phase::Unlocked);
    assert_eq!(device.text(id), "levain flour and water");
    assert_eq!(device.found("levain"), ["Sourdough"]);
}

#[test]
fn a_restart_finds_everything_again() {
    let net = Server::new();
    let mut device = first_device(&net);
    let ids: Vec<RecordId> = (0..40)
        .map(|n| device.put(&format!("Note {n}"), &format!("word{n} common")))
        .collect();
    device.save(ids[3], "changed3 common").unwrap();
    device.remove(ids[4]).unwrap();
    device.restart();
    assert_eq!(device.phase(), Phase::Locked);
    device.unlock().unwrap();
    assert_eq!(device.list().len(), 39);
    assert_eq!(device.found("common").len(), 39);
    assert_eq!(device.text(ids[3]), "changed3 common");
    assert!(device.found("word3").iter().all(|title| title != "Note 3"));
    device.assert_consistent();
}

#[test]
fn the_words_of_a_superseded_revision_never_find_another_note() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.put("Kept", "kept text");
    let gone = device.put("Gone", "vanished text");
    device.remove(gone).unwrap();
    device.restart();
    device.unlock().unwrap();
    device.put("New", "fresh text");
    assert!(device.found("vanished").is_empty());
    assert_eq!(device.found("fresh"), ["New"]);
    for n in 0..12 {
        device.put(&format!("Filler {n}"), "filler");
    }
    assert_eq!(device.found("fresh"), ["New"]);
    device.assert_consistent();
}

#[test]
fn what_is_written_before_the_index_is_read_waits_for_it() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "vanished text");
    device.remove(id).unwrap();
    device.restart();
    device.unlock_holding_reads();
    let put = device.ask(Command::Put {
        records: vec![note("Early", "early text")],
    });
    let search = device.ask(Command::Search {
        query: String::from("early"),
        limit: 10,
        kind: None,
    });
    device.settle();
    assert!(device.take(put).is_none() && device.take(search).is_none());
    device.hold.reads = false;
    device.settle();
    assert!(device.take(put).unwrap().is_ok() && device.take(search).unwrap().is_ok());
    assert!(device.found("vanished").is_empty());
    assert_eq!(device.found("early"), ["Early"]);
}

#[test]
fn a_patch_changes_what_it_names() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Old title", "kept text");
    let command = Command::Save {
        id,
        title: Some(String::from("New title")),
        text: None,
        tags: Some(vec![String::from("tagged")]),
        kind: Some(Kind::Journal),
        base: None,
    };
    assert!(device.call(command).is_ok());
    let record = device.open(id).unwrap();
    assert_eq!(record.item.title, "New title");
    assert_eq!(record.text, "kept text");
    assert_eq!(record.item.kind, Kind::Journal);
    assert_eq!(record.item.tags, ["tagged"]);
    assert_eq!(device.found("tagged"), ["New title"]);
    assert!(device.found("old").is_empty());
}

#[test]
fn a_save_that_changes_nothing_writes_nothing() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    let writes = device.disk.writes;
    device.save(id, "text").unwrap();
    assert_eq!(device.disk.writes, writes);
}

#[test]
fn a_deleted_note_comes_back() {
    let net = Server::new();
    let mut device = first_device(&net);
    net.borrow_mut().offline = true;
    let id = device.put("Title", "precious text");
    device.remove(id).unwrap();
    assert!(device.list().is_empty());
    assert!(device.found("precious").is_empty());
    assert_eq!(device.open(id).err().unwrap().code, Code::UnknownRecord);
    device.restore(id).unwrap();
    assert_eq!(device.text(id), "precious text");
    assert_eq!(device.found("precious"), ["Title"]);
    device.restart();
    device.unlock().unwrap();
    assert_eq!(device.text(id), "precious text");
}

#[test]
fn a_deleted_note_comes_back_after_the_deletion_was_sent() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "precious text");
    device.sync_well();
    device.remove(id).unwrap();
    device.sync_well();
    device.restore(id).unwrap();
    assert_eq!(device.durability(id), Durability::OnDevice);
    device.sync_well();
    assert_eq!(device.text(id), "precious text");
    assert_eq!(net.borrow_mut().vault().ops.len(), 3);
    device.assert_consistent();
}

#[test]
fn undo_while_the_deleted_revision_is_unsure_keeps_its_bytes_for_the_server() {
    let net = Server::new();
    let mut device = first_device(&net);
    let neighbours = Command::Put {
        records: vec![note("One", "first text"), note("Two", "second text")],
    };
    net.borrow_mut().offline = true;
    assert!(device.call(neighbours).is_ok());
    // After a restart nobody knows whether the server holds them.
    device.restart();
    device.unlock().unwrap();
    let items = device.list();
    for item in &items {
        device.remove(item.id).unwrap();
        device.restore(item.id).unwrap();
    }
    net.borrow_mut().offline = false;
    device.sync_well();
    device.restart();
    device.unlock().unwrap();
    device.assert_consistent();
    assert_eq!(device.titles(), ["One", "Two"]);
}

#[test]
fn typing_while_offline_keeps_one_unsent_operation_and_few_packs() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.settle();
    net.borrow_mut().offline = true;
    let id = device.put("Title", "start");
    for n in 0..300 {
        device.save(id, &format!("text{n}")).unwrap();
        device.advance(500);
    }
    assert_eq!(device.status().unsent, 1);
    assert_eq!(device.disk.keys(Store::Packs).len(), 1);
    assert_eq!(device.disk.keys(Store::Outbox).len(), 1);
    assert_eq!(device.disk.keys(Store::Pages).len(), 1);
    assert!(device.disk.keys(Store::Segments).len() < 24);
    net.borrow_mut().offline = false;
    device.sync_well();
    assert_eq!(net.borrow_mut().vault().ops.len(), 1);
    assert_eq!(device.disk.keys(Store::Packs).len(), 1);
    assert!(device.disk.keys(Store::Outbox).is_empty());
    assert_eq!(device.text(id), "text299");
}

#[test]
fn saves_with_rounds_between_them_leave_no_packs_behind() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "start");
    for n in 0..50 {
        device.save(id, &format!("text{n}")).unwrap();
        device.sync_well();
    }
    assert_eq!(device.disk.keys(Store::Packs).len(), 1);
    assert!(device.disk.keys(Store::Outbox).is_empty());
}

#[test]
fn unknown_records_are_refused() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = RecordId::from_bytes([9; 16]);
    for command in [
        Command::Open { id },
        Command::Remove { id },
        Command::Restore { id },
        crate::support::save_text(id, "x"),
    ] {
        assert_eq!(code_of(device.call(command)), Some(Code::UnknownRecord));
    }
}

#[test]
fn a_text_beyond_the_limit_is_refused_and_the_old_one_stands() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "short text");
    let long = "a".repeat(vault_types::limits::NOTE_TEXT_BYTES_MAX + 1);
    assert_eq!(
        device.save(id, &long).err().unwrap().code,
        Code::LimitExceeded
    );
    assert_eq!(device.text(id), "short text");
    assert_eq!(device.found("short"), ["Title"]);
}

#[test]
fn the_longest_text_of_ever_new_words_is_saved_and_found() {
    let net = Server::new();
    let mut device = first_device(&net);
    let mut text = String::from("needle ");
    let mut n = 0_u64;
    while text.len() < vault_types::limits::NOTE_TEXT_BYTES_MAX - 32 {
        n += 1;
        let word = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        text.push_str(&format!("{word:x} "));
    }
    let id = device.put("Long", &text);
    assert_eq!(device.found("needle"), ["Long"]);
    assert_eq!(device.text(id), text);
    let wide: String = "漢字仮名交じり文章検索"
        .chars()
        .cycle()
        .take(1_700_000)
        .collect();
    device.put("Wide", &wide);
    assert_eq!(device.found("漢字"), ["Wide"]);
}

#[test]
fn a_full_disk_refuses_and_the_old_state_stands() {
    for fault in [Fault::Full, Fault::Failed] {
        let code = match fault {
            Fault::Full => Code::StorageFull,
            _ => Code::StorageFailed,
        };
        let net = Server::new();
        let mut device = first_device(&net);
        net.borrow_mut().offline = true;
        let kept = device.put("Kept", "kept1 text");
        let gone = device.put("Gone", "gone1 text");
        device.remove(gone).unwrap();
        let before = device.disk.snapshot();
        let commands = || {
            let records = vec![note("New", "new text")];
            [
                Command::Put { records },
                crate::support::save_text(kept, "changed text"),
                Command::Remove { id: kept },
                Command::Restore { id: gone },
            ]
        };
        for command in commands() {
            device.disk.plan(0, fault);
            assert_eq!(code_of(device.call(command)), Some(code));
            assert!(device.disk.snapshot() == before);
            assert_eq!(device.titles(), ["Kept"]);
            assert_eq!(device.text(kept), "kept1 text");
            device.assert_consistent();
        }
        for command in commands() {
            assert!(device.call(command).is_ok());
        }
        device.restart();
        device.unlock().unwrap();
        assert_eq!(device.titles(), ["Gone", "New"]);
        device.assert_consistent();
    }
}
