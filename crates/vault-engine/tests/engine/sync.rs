//! Two devices and a server.

use crate::support::{
    Device, LINK, Meddling, Net, Server, first_device, further_device, note, save_text,
};
use sync_core::endpoint;
use vault_engine::{Command, Durability, Notice, SyncPhase};
use vault_types::{Code, RecordId, limits};

/// Two devices that have seen one note.
fn two_devices(net: &Net) -> (Device, Device, RecordId) {
    let mut first = first_device(net);
    let id = first.put("Shared", "base text");
    first.sync_well();
    let second = further_device(net, 2);
    (first, second, id)
}

/// Rounds until both have seen everything.
fn converge(first: &mut Device, second: &mut Device) {
    for _ in 0..3 {
        first.sync_well();
        second.sync_well();
    }
    let told = |device: &mut Device| -> Vec<(RecordId, String, String)> {
        let mut all: Vec<_> = device
            .list()
            .into_iter()
            .map(|item| (item.id, item.title, device.text(item.id)))
            .collect();
        all.sort();
        all
    };
    assert_eq!(told(first), told(second));
}

fn texts(device: &mut Device) -> Vec<String> {
    let ids: Vec<RecordId> = device.list().into_iter().map(|item| item.id).collect();
    let mut texts: Vec<String> = ids.into_iter().map(|id| device.text(id)).collect();
    texts.sort();
    texts
}

#[test]
fn a_second_device_sees_everything_and_its_edit_comes_back() {
    let net = Server::new();
    let (mut first, mut second, id) = two_devices(&net);
    assert_eq!(second.text(id), "base text");
    assert_eq!(second.found("base"), ["Shared"]);
    second.save(id, "edited elsewhere").unwrap();
    assert_eq!(second.durability(id), Durability::OnDevice);
    second.advance(1_000);
    assert_eq!(second.durability(id), Durability::OnServer);
    first.notices.clear();
    first.advance(limits::POLL_INTERVAL_MS * 6 / 5 + 1);
    assert_eq!(first.text(id), "edited elsewhere");
    assert_eq!(first.found("edited"), ["Shared"]);
    assert!(first.found("base").is_empty());
    let told =
        |notice: &Notice| matches!(notice, Notice::Records { ids, remote: true } if *ids == [id]);
    assert!(first.notices.iter().any(told));
}

#[test]
fn an_edit_is_sent_within_a_second_and_said_to_be() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.settle();
    let id = device.put("Title", "text");
    device.notices.clear();
    device.advance(1_000);
    assert_eq!(device.durability(id), Durability::OnServer);
    let told = |notice: &Notice| matches!(notice, Notice::Uploaded { ids } if *ids == [id]);
    assert!(device.notices.iter().any(told));
}

#[test]
fn many_notes_come_in_pages_and_go_in_batches() {
    let net = Server::new();
    let mut first = first_device(&net);
    for batch in 0..3 {
        let records = (0..700)
            .map(|n| note(&format!("Note {batch} {n}"), &format!("word{n} all")))
            .collect();
        assert!(first.call(Command::Put { records }).is_ok());
    }
    first.sync_well();
    assert_eq!(net.borrow().count(endpoint::UPLOAD), 3);
    net.borrow_mut().vault().page_ops_max = 500;
    let mut second = further_device(&net, 2);
    second.sync_well();
    assert_eq!(second.list().len(), 2_100);
    assert_eq!(second.hits("all").unwrap().total, 2_100);
    assert_eq!(second.found("word123").len(), 3);
}

#[test]
fn concurrent_edits_leave_one_winner_and_one_copy() {
    for first_is_later in [true, false] {
        let net = Server::new();
        let (mut first, mut second, id) = two_devices(&net);
        let (early, late) = if first_is_later {
            (&mut second, &mut first)
        } else {
            (&mut first, &mut second)
        };
        early.now_ms += 10;
        early.save(id, "early edit").unwrap();
        late.now_ms += 5_000;
        late.save(id, "late edit").unwrap();
        converge(&mut first, &mut second);
        for device in [&mut first, &mut second] {
            assert_eq!(device.text(id), "late edit");
            assert_eq!(texts(device), ["early edit", "late edit"]);
            assert_eq!(device.titles(), ["Shared", "Shared (conflict copy)"]);
            assert!(device.list().iter().any(|item| item.conflict_copy));
            assert_eq!(device.found("early"), ["Shared (conflict copy)"]);
            device.assert_consistent();
        }
    }
}

#[test]
fn an_edit_that_came_in_while_typing_is_kept_beside_what_is_typed() {
    let net = Server::new();
    let (mut first, mut second, id) = two_devices(&net);
    let opened = first.open(id).unwrap().item.revision;
    second.save(id, "remote edit").unwrap();
    converge(&mut first, &mut second);
    let typed = |base| match save_text(id, "typed meanwhile") {
        Command::Save { id, text, .. } => Command::Save {
            id,
            title: None,
            text,
            tags: None,
            kind: None,
            base: Some(base),
        },
        other => other,
    };
    assert!(first.call(typed(opened)).is_ok());
    converge(&mut first, &mut second);
    for device in [&mut first, &mut second] {
        assert_eq!(device.text(id), "typed meanwhile");
        assert_eq!(texts(device), ["remote edit", "typed meanwhile"]);
        device.assert_consistent();
    }
}

#[test]
fn an_edit_of_what_stands_makes_no_copy() {
    let net = Server::new();
    let (mut first, mut second, id) = two_devices(&net);
    second.save(id, "remote edit").unwrap();
    converge(&mut first, &mut second);
    let base = first.open(id).unwrap().item.revision;
    for text in ["typed on top", "and on"] {
        let Command::Save { text, .. } = save_text(id, text) else {
            continue;
        };
        let command = Command::Save {
            id,
            title: None,
            text,
            tags: None,
            kind: None,
            base: Some(base),
        };
        assert!(first.call(command).is_ok());
    }
    assert_eq!(texts(&mut first), ["and on"]);
}

#[test]
fn equal_edits_on_two_devices_make_no_copy() {
    let net = Server::new();
    let (mut first, mut second, id) = two_devices(&net);
    first.save(id, "same edit").unwrap();
    second.now_ms += 10;
    second.save(id, "same edit").unwrap();
    converge(&mut first, &mut second);
    assert_eq!(first.titles(), ["Shared"]);
}

#[test]
fn several_edits_of_one_device_in_one_page_are_no_conflict() {
    let net = Server::new();
    let (mut first, mut second, id) = two_devices(&net);
    for n in 0..4 {
        second.now_ms += 1_000;
        second.save(id, &format!("edit{n}")).unwrap();
        second.sync_well();
    }
    first.sync_well();
    assert_eq!(first.text(id), "edit3");
    assert_eq!(first.titles(), ["Shared"]);
}

#[test]
fn a_later_edit_brings_a_deleted_note_back_and_a_later_deletion_keeps_the_text() {
    for delete_is_later in [true, false] {
        let net = Server::new();
        let (mut first, mut second, id) = two_devices(&net);
        second.now_ms += if delete_is_later { 5_000 } else { 10 };
        second.remove(id).unwrap();
        first.now_ms += 1_000;
        first.save(id, "edit1 against deletion").unwrap();
        converge(&mut first, &mut second);
        let title = if delete_is_later {
            "Shared (conflict copy)"
        } else {
            "Shared"
        };
        for device in [&mut first, &mut second] {
            assert_eq!(device.titles(), [title]);
            assert_eq!(texts(device), ["edit1 against deletion"]);
            device.assert_consistent();
        }
    }
}

#[test]
fn three_devices_that_edit_offline_come_to_one_story() {
    let net = Server::new();
    let (mut first, mut second, id) = two_devices(&net);
    let mut third = further_device(&net, 3);
    for (n, device) in [&mut first, &mut second, &mut third]
        .into_iter()
        .enumerate()
    {
        device.now_ms += 1_000 * (n as u64 + 1);
        device.save(id, &format!("edit{n}")).unwrap();
    }
    for _ in 0..3 {
        for device in [&mut third, &mut first, &mut second] {
            device.sync_well();
        }
    }
    for device in [&mut first, &mut second, &mut third] {
        assert_eq!(texts(device), ["edit0", "edit1", "edit2"]);
        assert_eq!(device.text(id), "edit2");
    }
}

#[test]
fn what_is_written_offline_stays_says_so_and_goes_out_on_return() {
    let net = Server::new();
    let mut device = first_device(&net);
    net.borrow_mut().offline = true;
    let id = device.put("Title", "written offline");
    device.advance(2_000);
    let status = device.status();
    assert_eq!(status.phase, SyncPhase::Offline);
    assert_eq!(status.label, "Offline, 1 change waits");
    assert_eq!(status.code, Some("offline"));
    device.put("Other", "also offline");
    assert_eq!(device.status().label, "Offline, 2 changes wait");
    device.restart();
    device.unlock().unwrap();
    device.settle();
    assert_eq!(device.status().label, "Offline, 2 changes wait");
    net.borrow_mut().offline = false;
    device.advance(60_000);
    assert_eq!(device.status().phase, SyncPhase::Synced);
    assert_eq!(device.durability(id), Durability::OnServer);
    assert_eq!(net.borrow_mut().vault().ops.len(), 2);
}

#[test]
fn an_upload_whose_answer_is_lost_makes_no_duplicate() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    net.borrow_mut()
        .meddle_once(endpoint::UPLOAD, Meddling::LoseAnswer);
    assert_eq!(device.sync().phase, SyncPhase::Offline);
    assert_eq!(net.borrow_mut().vault().ops.len(), 1);
    // What may have arrived is not replaced by a newer edit.
    device.save(id, "newer text").unwrap();
    assert_eq!(device.status().unsent, 2);
    device.sync_well();
    assert_eq!(net.borrow_mut().vault().ops.len(), 2);
    let mut other = further_device(&net, 2);
    assert_eq!(other.text(id), "newer text");
    assert_eq!(other.titles(), ["Title"]);
}

#[test]
fn edits_while_a_batch_is_under_way_go_out_in_the_same_round() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.settle();
    let id = device.put("Title", "before");
    device.hold.sends = true;
    let sync = device.ask(Command::Sync);
    device.settle();
    // The poll is answered, the upload is held.
    device.hold.sends = false;
    device.step();
    device.hold.sends = true;
    device.settle();
    for n in 0..5 {
        assert!(device.save(id, &format!("during{n}")).is_ok());
    }
    device.hold.sends = false;
    device.settle();
    assert!(device.take(sync).is_some());
    device.sync_well();
    assert_eq!(net.borrow_mut().vault().ops.len(), 2);
    device.restart();
    device.unlock().unwrap();
    assert_eq!(device.text(id), "during4");
    device.sync_well();
}

#[test]
fn a_save_between_an_answer_and_its_note_frees_nothing_twice() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.settle();
    let records = vec![note("One", "one text"), note("Two", "two text")];
    assert!(device.call(Command::Put { records }).is_ok());
    let ids: Vec<RecordId> = device.list().into_iter().map(|item| item.id).collect();
    device.hold.sends = true;
    device.ask(Command::Sync);
    device.settle();
    device.hold.sends = false;
    device.step();
    device.hold.sends = true;
    device.settle();
    // Two saves queue up, the answer arrives while the first is written.
    device.hold.writes = true;
    device.ask(save_text(ids[0], "one changed"));
    device.ask(save_text(ids[0], "one changed again"));
    device.hold.sends = false;
    device.settle();
    device.hold.writes = false;
    device.settle();
    device.sync_well();
    assert_eq!(device.text(ids[1]).split(' ').nth(1), Some("text"));
    device.restart();
    device.unlock().unwrap();
    device.assert_consistent();
    assert_eq!(device.text(ids[0]), "one changed again");
}

#[test]
fn a_person_who_asks_during_a_round_hears_the_end_of_the_next() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.settle();
    device.hold.sends = true;
    let first = device.ask(Command::Sync);
    device.settle();
    let second = device.ask(Command::Sync);
    let polls = net.borrow().count(endpoint::POLL);
    device.hold.sends = false;
    device.settle();
    assert!(device.take(first).is_some() && device.take(second).is_some());
    assert_eq!(net.borrow().count(endpoint::POLL), polls + 2);
}

#[test]
fn once_in_step_devices_are_quiet() {
    let net = Server::new();
    let (mut first, mut second, id) = two_devices(&net);
    first.save(id, "edit1").unwrap();
    second.save(id, "edit2").unwrap();
    converge(&mut first, &mut second);
    let before = net.borrow().log.len();
    first.sync_well();
    second.sync_well();
    // One poll each, nothing to fetch, nothing to send.
    assert_eq!(net.borrow().log.len(), before + 2);
}

#[test]
fn a_device_with_a_clock_far_ahead_is_told_and_loses_nothing() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.settle();
    let id = device.put("Title", "text");
    let refuse = |mut response: vault_engine::Response| {
        let mut body: sync_core::message::UploadResponse =
            sync_core::decode(&response.body).unwrap();
        body.refused = vec![sync_core::message::Refused {
            index: 0,
            op_id: Some(body.applied[0].op_id),
            code: Code::ClockAhead,
        }];
        body.applied.clear();
        body.conflicts.clear();
        body.server_cursor = body.previous.cursor;
        body.server_hash = body.previous.hash;
        response.body = sync_core::encode(&body).unwrap();
        response
    };
    net.borrow_mut()
        .meddle_once(endpoint::UPLOAD, Meddling::AlterWith(Box::new(refuse)));
    let status = device.sync();
    assert_eq!(status.phase, SyncPhase::Error);
    assert_eq!(status.code, Some("clock_ahead"));
    assert_eq!(status.unsent, 1);
    assert_eq!(device.text(id), "text");
}

#[test]
fn links_and_devices_are_the_servers() {
    let net = Server::new();
    let mut device = first_device(&net);
    further_device(&net, 2);
    match device.call(Command::CreateLink) {
        Ok(vault_engine::Reply::Link(link)) => assert!(link.url.ends_with(LINK)),
        _ => panic!("no link"),
    }
    match device.call(Command::Devices) {
        Ok(vault_engine::Reply::Devices(devices)) => {
            assert_eq!(devices.len(), 2);
            assert_eq!(devices.iter().filter(|device| device.current).count(), 1);
        }
        _ => panic!("no devices"),
    }
}
