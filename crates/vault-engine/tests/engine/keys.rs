//! Changing the keys: another passphrase, a new vault key, another policy.
//! At every step the vault opens, as before or as after, and nothing is lost.

use crate::support::{
    Device, Fault, Meddling, Net, PASSPHRASE, Server, WRONG, first_device, further_device,
};
use std::collections::BTreeMap;
use sync_core::endpoint;
use vault_engine::{Answer, Command, MadeCode, Phase, Reply, SecretText};
use vault_types::{Code, Epoch, LockReason, Op, OpId, RecordId, limits};

pub(crate) const NEW: &str = "another horse battery";

pub(crate) fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

impl Device {
    pub(crate) fn change_passphrase(&mut self, current: &str, passphrase: &str) -> Answer {
        self.call(Command::ChangePassphrase {
            current: secret(current),
            passphrase: secret(passphrase),
        })
    }

    pub(crate) fn rotate(&mut self) -> Answer {
        let passphrase = secret(PASSPHRASE);
        self.call(Command::RotateKey { passphrase })
    }

    pub(crate) fn make_codes(&mut self) -> Vec<MadeCode> {
        let passphrase = secret(PASSPHRASE);
        match self.call(Command::CreateRecoveryCodes { passphrase }) {
            Ok(Reply::Codes(made)) => made.codes.unwrap(),
            Ok(_) => panic!("an answer of another kind"),
            Err(failure) => panic!("{:?}", failure.code),
        }
    }

    /// A round tells of the new key: it locks, and opens under that.
    pub(crate) fn reopen_under_new_key(&mut self) {
        assert_eq!(self.sync().code, Some("key_rotated"));
        self.advance(limits::LOCK_GRACE_MS);
        assert_eq!(self.phase(), Phase::Locked);
        let lock = self.state().lock.unwrap();
        assert_eq!(lock.reason, LockReason::KeyRotated);
        self.unlock().unwrap();
    }

    /// Rounds until nothing is left to be sealed anew.
    pub(crate) fn sync_until_resealed(&mut self) {
        for _ in 0..50 {
            self.sync_well();
            self.settle();
            if self.state().reseal.is_none() {
                return self.sync_well();
            }
        }
        panic!("it is never sealed anew: {:?}", self.state().reseal);
    }
}

/// The newest operation of every record at the server, by cursor.
pub(crate) fn heads(net: &Net) -> BTreeMap<RecordId, Op> {
    let mut net = net.borrow_mut();
    let ops = net.vault().ops.iter();
    let ops = ops.map(|(_, bytes)| Op::parse(bytes).unwrap());
    ops.map(|op| (op.header.record_id, op)).collect()
}

/// Every record's newest operation is of that epoch.
pub(crate) fn assert_one_epoch(net: &Net, epoch: u32) {
    for (id, op) in heads(net) {
        assert_eq!(op.header.epoch, Epoch(epoch), "{id}");
    }
}

/// Every note's id and text, of both devices alike and none of them a copy.
pub(crate) fn story(device: &mut Device) -> Vec<(RecordId, String)> {
    let items = device.list();
    assert!(items.iter().all(|item| !item.conflict_copy));
    let mut story: Vec<(RecordId, String)> = items
        .into_iter()
        .map(|item| (item.id, device.text(item.id)))
        .collect();
    story.sort();
    story
}

#[test]
fn a_changed_passphrase_opens_and_the_old_one_does_not() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Kept", "kept1 text");
    device.sync_well();
    let refused = device.change_passphrase(WRONG, NEW);
    assert_eq!(refused.err().unwrap().code, Code::CannotUnlock);
    let refused = device.change_passphrase(PASSPHRASE, "short");
    assert_eq!(refused.err().unwrap().code, Code::PassphraseTooShort);
    device.change_passphrase(PASSPHRASE, NEW).unwrap();
    for _ in 0..2 {
        device.restart();
        let refused = device.unlock().err().unwrap().code;
        assert_eq!(refused, Code::CannotUnlock);
        device.unlock_with(NEW).unwrap();
        assert_eq!(device.text(id), "kept1 text");
        device.sync_well();
    }
    assert_one_epoch(&net, 1);
}

#[test]
fn a_device_that_was_locked_meanwhile_opens_with_the_new_passphrase() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Kept", "kept1 text");
    device.sync_well();
    let mut other = further_device(&net, 2);
    other.sync_well();
    other.lock();
    device.change_passphrase(PASSPHRASE, NEW).unwrap();
    // Offline it holds the old slots alone.
    net.borrow_mut().offline = true;
    let refused = other.unlock_with(NEW).err().unwrap().code;
    assert_eq!(refused, Code::CannotUnlock);
    net.borrow_mut().offline = false;
    other.unlock_with(NEW).unwrap();
    assert_eq!(other.text(id), "kept1 text");
    // From then on the old one is refused there too, offline as well.
    other.restart();
    net.borrow_mut().offline = true;
    let refused = other.unlock().err().unwrap().code;
    assert_eq!(refused, Code::CannotUnlock);
    other.unlock_with(NEW).unwrap();
}

#[test]
fn a_device_that_is_open_takes_the_new_slots_over() {
    let net = Server::new();
    let mut device = first_device(&net);
    let mut other = further_device(&net, 2);
    device.change_passphrase(PASSPHRASE, NEW).unwrap();
    other.sync_well();
    assert_eq!(other.phase(), Phase::Unlocked);
    other.restart();
    net.borrow_mut().offline = true;
    assert!(other.unlock().is_err());
    other.unlock_with(NEW).unwrap();
}

#[test]
fn of_two_changes_at_once_one_is_told_to_try_again() {
    let net = Server::new();
    let mut device = first_device(&net);
    let mut other = further_device(&net, 2);
    device.change_passphrase(PASSPHRASE, NEW).unwrap();
    let refused = other.change_passphrase(PASSPHRASE, "third horse battery");
    assert_eq!(refused.err().unwrap().code, Code::SlotsConflict);
    // It has caught up by itself, and knows the passphrase that counts.
    let refused = other.change_passphrase(PASSPHRASE, "third horse battery");
    assert_eq!(refused.err().unwrap().code, Code::CannotUnlock);
    let third = "third horse battery";
    other.change_passphrase(NEW, third).unwrap();
    other.restart();
    other.unlock_with(third).unwrap();
}

#[test]
fn a_change_whose_request_or_answer_is_lost_leaves_a_vault_that_opens() {
    for (path, lose_answer) in [
        (endpoint::SLOTS, false),
        (endpoint::SLOTS, true),
        (endpoint::ROTATION, false),
        (endpoint::ROTATION, true),
    ] {
        let net = Server::new();
        let mut device = first_device(&net);
        let id = device.put("Kept", "kept1 text");
        device.sync_well();
        let meddling = if lose_answer {
            Meddling::LoseAnswer
        } else {
            Meddling::Lose
        };
        net.borrow_mut().meddle_once(path, meddling);
        let (answer, after) = if path == endpoint::SLOTS {
            (device.change_passphrase(PASSPHRASE, NEW), NEW)
        } else {
            (device.rotate(), PASSPHRASE)
        };
        let done = path == endpoint::SLOTS && lose_answer;
        assert_eq!(answer.is_ok(), done, "{path} {lose_answer}");
        device.restart();
        device
            .unlock_with(if done { after } else { PASSPHRASE })
            .unwrap();
        device.sync_well();
        assert_eq!(device.text(id), "kept1 text");
    }
}

#[test]
fn a_rotated_key_seals_every_record_anew() {
    let net = Server::new();
    let mut device = first_device(&net);
    for n in 0..300 {
        device.put(&format!("Note {n}"), &format!("word{n} text"));
    }
    let deleted = device.put("Gone", "gone1 text");
    device.sync_well();
    device.remove(deleted).unwrap();
    device.sync_well();
    let before = story(&mut device);
    let mut other = further_device(&net, 2);
    other.sync_well();

    let refused = device.call(Command::RotateKey {
        passphrase: secret(WRONG),
    });
    assert_eq!(refused.err().unwrap().code, Code::CannotUnlock);
    assert!(matches!(device.rotate(), Ok(Reply::Rotated(made)) if made.codes.is_none()));
    device.sync_until_resealed();
    assert_one_epoch(&net, 2);
    assert_eq!(story(&mut device), before);
    device.assert_consistent();

    // The other learns of it by the poll, and opens under the new key.
    other.reopen_under_new_key();
    other.sync_until_resealed();
    assert_eq!(story(&mut other), before);
    other.assert_consistent();
    assert_one_epoch(&net, 2);
    let sealed_twice = net.borrow_mut().vault().ops.len();
    assert_eq!(sealed_twice, 302 + 301, "each record once");

    let mut third = further_device(&net, 3);
    third.sync_well();
    assert_eq!(story(&mut third), before);
    for device in [&mut device, &mut other, &mut third] {
        device.restart();
        device.unlock().unwrap();
        assert_eq!(story(device), before);
    }
}

/// Two devices, each with a note that the other has seen, and one unsent
/// edit on the second.
fn two_devices(net: &Net) -> (Device, Device, Vec<RecordId>) {
    let mut device = first_device(net);
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(device.put(&format!("Note {n}"), &format!("word{n} text")));
    }
    device.sync_well();
    let mut other = further_device(net, 2);
    other.sync_well();
    ids.push(other.put("Theirs", "theirs1 text"));
    other.sync_well();
    device.sync_well();
    (device, other, ids)
}

#[test]
fn what_a_second_device_writes_meanwhile_is_kept_and_sealed_anew() {
    let net = Server::new();
    let (mut device, mut other, ids) = two_devices(&net);
    // It edits and makes a note without the server.
    net.borrow_mut().offline = true;
    other.save(ids[0], "edited0 text").unwrap();
    other.remove(ids[1]).unwrap();
    let made = other.put("Made", "made1 text");
    other.settle();
    net.borrow_mut().offline = false;

    device.rotate().unwrap();
    device.sync_until_resealed();
    assert_one_epoch(&net, 2);

    assert_eq!(other.status().unsent, 3);
    other.reopen_under_new_key();
    for device in [&mut other, &mut device] {
        device.sync_until_resealed();
    }
    other.sync_until_resealed();
    assert_one_epoch(&net, 2);
    assert_eq!(other.text(ids[0]), "edited0 text");
    assert_eq!(other.text(made), "made1 text");
    assert!(other.open(ids[1]).is_err());
    assert_eq!(story(&mut device), story(&mut other));
    device.assert_consistent();
    other.assert_consistent();
}

#[test]
fn two_devices_that_seal_anew_at_once_leave_one_story_and_no_copy() {
    let net = Server::new();
    let (mut device, mut other, ids) = two_devices(&net);
    let before = story(&mut device);
    device.rotate().unwrap();
    other.reopen_under_new_key();
    // Both stage their slices before either hears of the other's.
    device.hold.sends = true;
    other.hold.sends = true;
    device.advance(30_000);
    other.advance(30_000);
    device.hold.sends = false;
    other.hold.sends = false;
    device.settle();
    other.settle();
    for _ in 0..2 {
        device.sync_until_resealed();
        other.sync_until_resealed();
    }
    assert_eq!(story(&mut device), before);
    assert_eq!(story(&mut other), before);
    assert_one_epoch(&net, 2);
    // An edit made from either seal is no conflict.
    device.save(ids[2], "edited2 text").unwrap();
    device.sync_well();
    other.sync_well();
    other.save(ids[2], "again2 text").unwrap();
    other.sync_well();
    device.sync_well();
    assert_eq!(story(&mut device), story(&mut other));
    assert_eq!(device.text(ids[2]), "again2 text");
}

#[test]
fn an_edit_made_from_the_earlier_seal_wins_without_a_copy() {
    let net = Server::new();
    let (mut device, mut other, ids) = two_devices(&net);
    device.rotate().unwrap();
    // The edit is made and sealed under the old key while the notes are being
    // sealed anew, and arrives before or after that.
    net.borrow_mut().offline = true;
    other.save(ids[0], "edited0 text").unwrap();
    other.save(ids[5], "edited5 text").unwrap();
    net.borrow_mut().offline = false;
    other.reopen_under_new_key();
    other.sync_well();
    device.sync_until_resealed();
    other.sync_until_resealed();
    device.sync_until_resealed();
    for device in [&mut device, &mut other] {
        assert_eq!(device.text(ids[0]), "edited0 text");
        assert_eq!(device.text(ids[5]), "edited5 text");
        assert_eq!(story(device).len(), 6);
    }
    assert_one_epoch(&net, 2);
}

#[test]
fn operations_of_a_newer_key_are_never_passed_over() {
    let net = Server::new();
    let (mut device, mut other, _) = two_devices(&net);
    // The poll was answered before the rotation, the download comes after it.
    let poll = {
        let mut recorded = None;
        net.borrow_mut().meddler = None;
        device.sync_well();
        let now = net.borrow_mut().vault().info.slots_generation;
        recorded.get_or_insert(now);
        recorded.unwrap()
    };
    device.rotate().unwrap();
    let made = device.put("Made", "made1 text");
    device.sync_until_resealed();
    net.borrow_mut().meddler = Some(Box::new(move |request| {
        if request.path != endpoint::POLL {
            return Meddling::Pass;
        }
        Meddling::AlterWith(Box::new(move |mut response| {
            let message = sync_core::decode(&response.body);
            let mut message: sync_core::message::PollResponse = message.unwrap();
            message.slots_generation = poll;
            response.body = sync_core::encode(&message).unwrap();
            response
        }))
    }));
    assert_eq!(other.sync().code, Some("key_rotated"));
    net.borrow_mut().meddler = None;
    other.reopen_under_new_key();
    other.sync_until_resealed();
    assert_eq!(other.text(made), "made1 text");
}

#[test]
fn a_kill_at_any_write_of_a_rotation_loses_nothing() {
    let writes = {
        let net = Server::new();
        let (mut device, _, _) = two_devices(&net);
        let before = device.disk.writes;
        device.rotate().unwrap();
        device.sync_until_resealed();
        device.disk.writes - before
    };
    assert!(writes > 2, "{writes}");
    for fault in [Fault::CrashBefore, Fault::CrashAfter, Fault::Full] {
        for at in 0..writes {
            let net = Server::new();
            let (mut device, mut other, ids) = two_devices(&net);
            let before = story(&mut device);
            device.disk.plan(at, fault);
            let passphrase = secret(PASSPHRASE);
            device.try_call(Command::RotateKey { passphrase });
            device.try_call(Command::Sync);
            device.restart();
            device.disk.mend();
            device.unlock().unwrap();
            // If the rotation came to pass, the first round says so.
            device.advance(limits::LOCK_GRACE_MS);
            if device.phase() == Phase::Locked {
                device.unlock().unwrap();
            }
            device.sync_until_resealed();
            let epoch = if net.borrow_mut().vault().info.key_epoch == Epoch(2) {
                2
            } else {
                1
            };
            assert_one_epoch(&net, epoch);
            assert_eq!(story(&mut device), before, "{fault:?} at {at}");
            if epoch == 2 {
                other.reopen_under_new_key();
            }
            other.save(ids[0], "edited0 text").unwrap();
            other.sync_until_resealed();
            device.sync_well();
            assert_eq!(story(&mut device), story(&mut other));
            assert_eq!(device.text(ids[0]), "edited0 text");
            device.assert_consistent();
        }
    }
}

#[test]
fn a_rotation_without_its_server_is_refused_and_changes_nothing() {
    let net = Server::new();
    let (mut device, _, ids) = two_devices(&net);
    net.borrow_mut().offline = true;
    let refused = device.rotate().err().unwrap().code;
    assert_eq!(refused, Code::Offline);
    device.put("Written", "written1 text");
    net.borrow_mut().offline = false;
    device.restart();
    device.unlock().unwrap();
    device.sync_well();
    assert_eq!(device.text(ids[0]), "word0 text");
    assert_one_epoch(&net, 1);
}

#[test]
fn an_upgraded_policy_seals_every_record_anew() {
    let net = Server::new();
    let (mut device, mut other, ids) = two_devices(&net);
    // The server has moved nowhere: the strongest policy is the owner's choice.
    let policy = device.state().policy.unwrap();
    assert_eq!(policy.iterations, Some(600_000));
    assert_eq!(policy.upgrade.unwrap().reason, "newer_policy");
    let refused = device.call(Command::UpgradePolicy {
        passphrase: secret(WRONG),
    });
    assert_eq!(refused.err().unwrap().code, Code::CannotUnlock);
    device
        .call(Command::UpgradePolicy {
            passphrase: secret(PASSPHRASE),
        })
        .unwrap();
    device.sync_until_resealed();
    let policy = device.state().policy.unwrap();
    assert_eq!((policy.version, policy.iterations), (2, None));
    assert!(policy.upgrade.is_none());
    for op in heads(&net).values() {
        assert_eq!(op.header.policy.0, 2);
    }
    // The other stays open, takes it over and writes under it.
    other.sync_well();
    assert_eq!(other.phase(), Phase::Unlocked);
    other.save(ids[0], "edited0 text").unwrap();
    other.sync_until_resealed();
    assert_eq!(heads(&net)[&ids[0]].header.policy.0, 2);
    other.restart();
    other.unlock().unwrap();
    assert_eq!(other.text(ids[0]), "edited0 text");
    let ids: Vec<OpId> = heads(&net).values().map(|op| op.header.op_id).collect();
    assert_eq!(ids.len(), 6);
}

#[test]
fn a_reset_empties_this_device_and_no_other() {
    let net = Server::new();
    let (mut device, mut other, ids) = two_devices(&net);
    let reset = |words: &str| Command::ResetVault {
        confirmation: words.to_owned(),
    };
    let refused = device.call(reset("yes")).err().unwrap().code;
    assert_eq!(refused, Code::NotConfirmed);
    assert_eq!(device.text(ids[0]), "word0 text");
    device.call(reset("delete everything")).unwrap();
    assert_eq!(device.phase(), Phase::NoVault);
    device.restart();
    assert_eq!(device.phase(), Phase::NoVault);
    // The other is told, and keeps what it holds.
    for _ in 0..2 {
        assert_eq!(other.sync().code, Some("vault_reset"));
        assert_eq!(other.text(ids[0]), "word0 text");
        other.restart();
        other.unlock().unwrap();
    }
    device.create_vault().unwrap();
    let fresh = device.put("Fresh", "fresh1 text");
    device.sync_well();
    assert_eq!(other.sync().code, Some("vault_reset"));
    assert_eq!(other.text(ids[0]), "word0 text");
    assert!(other.open(fresh).is_err());
}

#[test]
fn a_save_from_the_revision_before_its_new_seal_makes_no_copy() {
    let net = Server::new();
    let (mut device, mut other, ids) = two_devices(&net);
    // A page shows the note while the other device seals it anew.
    let shown = other.open(ids[0]).unwrap().item.revision;
    device.rotate().unwrap();
    device.sync_until_resealed();
    other.reopen_under_new_key();
    other.sync_well();
    let mut save = crate::support::save_text(ids[0], "typed0 text");
    if let Command::Save { base, .. } = &mut save {
        *base = Some(shown);
    }
    assert!(matches!(other.call(save), Ok(Reply::Saved(items)) if items.len() == 1));
    assert_eq!(story(&mut other).len(), 6);
    assert_eq!(other.text(ids[0]), "typed0 text");
}
