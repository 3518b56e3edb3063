//! Which key slots count: a server that offers older ones, or policies and
//! recovery states of before, is refused.

use crate::codes::signed_in;
use crate::keys::{NEW, secret};
use crate::support::{
    Device, Meddling, Net, PASSPHRASE, Server, Spoil, code_of, first_device, further_device,
};
use sync_core::endpoint;
use sync_core::message::{PollResponse, SlotList, ValidatedRecoveryCode};
use vault_engine::{Command, Phase, Response, Store};
use vault_types::wire::{Decode, Encode};
use vault_types::{Code, Generation, limits};

fn altered<T: Decode + Encode>(mut response: Response, alter: impl Fn(&mut T)) -> Response {
    if let Ok(mut message) = sync_core::decode::<T>(&response.body) {
        alter(&mut message);
        response.body = sync_core::encode(&message).unwrap();
    }
    response
}

/// Has the server announce that generation and hand out that list.
fn replay(net: &Net, announced: Generation, list: &SlotList) {
    let list = list.clone();
    net.borrow_mut().meddler = Some(Box::new(move |request| {
        let list = list.clone();
        match request.path.as_str() {
            endpoint::POLL => Meddling::AlterWith(Box::new(move |response| {
                altered(response, |poll: &mut PollResponse| {
                    poll.slots_generation = announced;
                })
            })),
            endpoint::SLOTS => Meddling::AlterWith(Box::new(move |response| {
                altered(response, |message: &mut SlotList| *message = list.clone())
            })),
            endpoint::VALIDATE_RECOVERY_CODE => Meddling::AlterWith(Box::new(move |response| {
                altered(response, |message: &mut ValidatedRecoveryCode| {
                    message.slots = list.clone();
                })
            })),
            _ => Meddling::Pass,
        }
    }));
}

fn list_of(net: &Net) -> SlotList {
    let mut net = net.borrow_mut();
    let vault = net.vault();
    SlotList {
        slots_generation: vault.info.slots_generation,
        slot_list: vault.slots.clone(),
    }
}

/// A vault that went through every kind of change, and the list of slots
/// after each; the passphrase is the same one at the end.
fn history(net: &Net) -> (Device, Vec<SlotList>) {
    let mut device = first_device(net);
    device.put("Kept", "kept1 text");
    device.sync_well();
    let mut lists = vec![list_of(net)];
    device.change_passphrase(PASSPHRASE, NEW).unwrap();
    lists.push(list_of(net));
    device.change_passphrase(NEW, PASSPHRASE).unwrap();
    lists.push(list_of(net));
    device.make_codes();
    lists.push(list_of(net));
    device
        .call(Command::RevokeRecoveryCodes { ids: None })
        .ok()
        .unwrap();
    lists.push(list_of(net));
    device.rotate().unwrap();
    lists.push(list_of(net));
    net.borrow_mut().policy = 2;
    device.restart();
    device.unlock().unwrap();
    let passphrase = secret(PASSPHRASE);
    device.call(Command::UpgradePolicy { passphrase }).unwrap();
    lists.push(list_of(net));
    device.sync_until_resealed();
    (device, lists)
}

#[test]
fn a_server_that_announces_older_slots_is_refused() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Kept", "kept1 text");
    let list = list_of(&net);
    replay(&net, Generation(0), &list);
    assert_eq!(device.sync().code, Some("slots_rolled_back"));
    assert_eq!(net.borrow_mut().vault().ops.len(), 0);
    net.borrow_mut().meddler = None;
    device.sync_well();
    assert_eq!(device.text(id), "kept1 text");
}

#[test]
fn every_earlier_list_of_slots_is_refused_wherever_it_turns_up() {
    let net = Server::new();
    let (mut device, lists) = history(&net);
    assert_eq!(lists.len(), 7);
    let id = device.list()[0].id;
    let newest = lists.len() as u64;
    let mut cases = 0;
    for earlier in &lists[..lists.len() - 1] {
        // At the poll, whatever it announces.
        for announced in 0..=newest + 1 {
            if announced == newest {
                continue;
            }
            replay(&net, Generation(announced), earlier);
            assert_eq!(device.sync().code, Some("slots_rolled_back"));
            device.advance(limits::LOCK_GRACE_MS);
            assert_eq!(device.phase(), Phase::Unlocked);
            assert_eq!(device.text(id), "kept1 text");
            cases += 1;
        }
        // To a device that has lost its slots and knows their generation.
        replay(&net, Generation(newest), earlier);
        device.disk.spoil(Store::Meta, "slots", Spoil::Lose);
        device.restart();
        for passphrase in [PASSPHRASE, NEW] {
            let refused = device.unlock_with(passphrase).err().unwrap().code;
            assert_eq!(refused, Code::SlotsRolledBack);
            cases += 1;
        }
        net.borrow_mut().meddler = None;
        device.unlock().unwrap();
        device.sync_well();
    }
    println!("{cases} replays of slot lists refused");
}

#[test]
fn an_older_list_on_the_disk_is_fetched_anew() {
    let net = Server::new();
    let (mut device, lists) = history(&net);
    for earlier in &lists[..lists.len() - 1] {
        device
            .disk
            .put(Store::Meta, "slots", earlier.slot_list.as_slice());
        device.restart();
        net.borrow_mut().offline = true;
        assert_eq!(device.unlock().err().unwrap().code, Code::Offline);
        net.borrow_mut().offline = false;
        device.unlock().unwrap();
        device.sync_well();
        assert_eq!(device.state().policy.unwrap().version, 2);
    }
}

#[test]
fn a_list_of_before_behind_a_recovery_code_is_refused() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.put("Kept", "kept1 text");
    device.sync_well();
    let old = device.make_codes();
    let before = list_of(&net);
    device.rotate().unwrap();
    device.sync_until_resealed();
    let code = old[0].code.clone();
    // A server that forgets that the code has ended hands its slot out.
    replay(&net, Generation(1), &before);
    device.lock();
    let validated = ValidatedRecoveryCode {
        credential_id: old[0].id.parse().unwrap(),
        slots: before,
    };
    let answer = Meddling::Replace(crate::support::message(&validated));
    net.borrow_mut()
        .meddle_once(endpoint::VALIDATE_RECOVERY_CODE, answer);
    let code = secret(&code);
    let refused = code_of(device.call(Command::UnlockWithCode { code }));
    assert_eq!(refused, Some(Code::SlotsRolledBack));
    assert_eq!(device.phase(), Phase::Locked);
}

#[test]
fn a_policy_of_before_takes_nothing_back() {
    let net = Server::new();
    let (mut device, _) = history(&net);
    net.borrow_mut().policy = 1;
    for _ in 0..2 {
        device.restart();
        device.unlock().unwrap();
        device.settle();
        let policy = device.state().policy.unwrap();
        assert_eq!(policy.version, 2);
        assert!(policy.upgrade.is_none());
        let passphrase = secret(PASSPHRASE);
        device.call(Command::UpgradePolicy { passphrase }).unwrap();
        assert_eq!(device.state().policy.unwrap().version, 2);
    }
}

#[test]
fn a_made_up_list_of_a_newer_key_locks_nobody_out() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Kept", "kept1 text");
    device.sync_well();
    // Another vault's list cannot pass, and one of this vault with a later
    // epoch written into it opens with nothing.
    let list = list_of(&net);
    let text = String::from_utf8(list.slot_list.as_slice().to_vec()).unwrap();
    let forged = text
        .replace("\"epoch\":1", "\"epoch\":2")
        .replace("\"generation\":1", "\"generation\":2");
    assert_ne!(forged, text);
    let forged = SlotList {
        slots_generation: Generation(2),
        slot_list: vault_types::OpaqueBytes::new(forged.into_bytes()),
    };
    replay(&net, Generation(2), &forged);
    assert_eq!(device.sync().code, Some("key_rotated"));
    device.advance(limits::LOCK_GRACE_MS);
    assert_eq!(device.phase(), Phase::Locked);
    for _ in 0..2 {
        device.unlock().unwrap();
        assert_eq!(device.text(id), "kept1 text");
        // It goes on saying so, and does not lock again.
        assert_eq!(device.sync().code, Some("key_rotated"));
        device.advance(limits::LOCK_GRACE_MS);
        assert_eq!(device.text(id), "kept1 text");
        device.lock();
    }
    net.borrow_mut().meddler = None;
    device.unlock().unwrap();
    device.sync_well();
}

#[test]
fn a_vault_of_100_000_rounds_opens_and_is_offered_more() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.settle();
    let vault_id = device.state().vault_id.unwrap().parse().unwrap();
    let account_id = device.state().account_id.unwrap().parse().unwrap();
    let slots = crate::support::slots_of_100_000_rounds(account_id, vault_id);
    net.borrow_mut().vault().slots = vault_types::OpaqueBytes::new(slots);
    let mut old = signed_in(&net, 2);
    old.unlock().unwrap();
    let policy = old.state().policy.unwrap();
    assert_eq!(policy.iterations, Some(100_000));
    assert_eq!(policy.upgrade.unwrap().reason, "weak_iterations");
    let id = old.put("Kept", "kept1 text");
    let passphrase = secret(PASSPHRASE);
    old.call(Command::UpgradePolicy { passphrase }).unwrap();
    let policy = old.state().policy.unwrap();
    assert_eq!(policy.iterations, Some(600_000));
    assert_eq!(policy.upgrade.unwrap().reason, "newer_policy");
    old.sync_well();
    let mut other = further_device(&net, 3);
    other.sync_well();
    assert_eq!(other.text(id), "kept1 text");
}
