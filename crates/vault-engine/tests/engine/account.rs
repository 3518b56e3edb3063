//! Managing the account's devices and its keys for programs.

use crate::support::{Device, LINK, Net, Server, first_device, further_device};
use vault_engine::{Command, DeviceView, Phase, Reply, SyncPhase, Unsent};
use vault_types::{Code, DeviceId, LockReason};

const MINUTE_MS: u64 = 60 * 1000;

fn two(net: &Net) -> (Device, Device) {
    let mut first = first_device(net);
    first.put("Title", "text");
    first.sync_well();
    let mut second = further_device(net, 2);
    second.sync_well();
    (first, second)
}

fn devices(device: &mut Device) -> Vec<DeviceView> {
    match device.call(Command::Devices) {
        Ok(Reply::Devices(devices)) => devices,
        _ => panic!("no devices"),
    }
}

/// The other device, as one of its owner's devices sees it.
fn other(device: &mut Device) -> DeviceId {
    let mut devices = devices(device).into_iter();
    let other = devices.find(|one| !one.current).unwrap();
    other.device_id.parse().unwrap()
}

fn revoke(by: &mut Device) {
    let id = other(by);
    let reply = by.call(Command::RevokeDevice { id });
    assert!(matches!(reply, Ok(Reply::Done)));
}

#[test]
fn a_revoked_device_locks_and_keeps_what_it_holds() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    net.borrow_mut().offline = true;
    let unsent = second.put("Unsent", "last words");
    net.borrow_mut().offline = false;
    revoke(&mut first);
    assert!(
        devices(&mut first)
            .iter()
            .any(|one| one.revoked_ms.is_some())
    );
    let status = second.sync();
    assert_eq!(status.code, Some(Code::DeviceRevoked.as_str()));
    second.let_it_lock();
    assert_eq!(second.phase(), Phase::Locked);
    let lock = second.state().lock.unwrap();
    assert_eq!(lock.reason, LockReason::Revoked);
    // Its owner may read it still, again and again, until they decide.
    for restarts in [false, true] {
        if restarts {
            second.restart();
        }
        second.unlock().unwrap();
        let status = second.sync();
        assert_eq!(status.phase, SyncPhase::Error);
        assert_eq!(status.label, Code::DeviceRevoked.sentence());
        second.advance(MINUTE_MS);
        assert_eq!(second.text(unsent), "last words");
        assert_eq!(second.status().unsent, 1);
    }
}

#[test]
fn a_revoked_device_that_signs_in_again_goes_on() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    net.borrow_mut().offline = true;
    second.put("Unsent", "last words");
    net.borrow_mut().offline = false;
    revoke(&mut first);
    second.sync();
    second.let_it_lock();
    second.unlock().unwrap();
    second.sign_in(LINK).unwrap();
    second.settle();
    second.sync_well();
    first.sync_well();
    assert_eq!(first.titles(), ["Title", "Unsent"]);
    assert!(
        devices(&mut first)
            .iter()
            .all(|one| one.revoked_ms.is_none())
    );
}

#[test]
fn a_revoked_device_can_be_cleared_by_signing_out() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    revoke(&mut first);
    second.sync();
    second.let_it_lock();
    let state = second.sign_out(Unsent::Keep).unwrap();
    assert_eq!(state.phase, Phase::SignedOut);
    second.restart();
    assert_eq!(second.phase(), Phase::SignedOut);
}

#[test]
fn a_device_that_was_revoked_while_it_was_locked_hears_of_it_when_it_opens() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    second.restart();
    revoke(&mut first);
    second.unlock().unwrap();
    let status = second.sync();
    assert_eq!(status.label, Code::DeviceRevoked.sentence());
}

#[test]
fn devices_are_renamed() {
    let net = Server::new();
    let (mut first, _second) = two(&net);
    let id = other(&mut first);
    let name = "Lost phone".to_owned();
    let reply = first.call(Command::RenameDevice { id, name });
    assert!(matches!(reply, Ok(Reply::Done)));
    assert!(
        devices(&mut first)
            .iter()
            .any(|one| one.name == "Lost phone")
    );
    let id = DeviceId::from_random([99; 16]);
    for command in [
        Command::RevokeDevice { id },
        Command::RenameDevice {
            id,
            name: "None".to_owned(),
        },
    ] {
        let failure = first.call(command).err().unwrap();
        assert_eq!(failure.code, Code::UnknownDevice);
    }
}

#[test]
fn keys_for_programs_are_made_listed_and_ended() {
    let net = Server::new();
    let mut device = first_device(&net);
    let name = "Backup".to_owned();
    let Ok(Reply::ApiKey(made)) = device.call(Command::CreateApiKey { name }) else {
        panic!("no key");
    };
    assert_eq!(made.token, "lockstep_key_test");
    let Ok(Reply::ApiKeys(keys)) = device.call(Command::ApiKeys) else {
        panic!("no keys");
    };
    assert_eq!((keys.len(), keys[0].name.as_str()), (1, "Backup"));
    assert_eq!(keys[0].id, made.id);
    let id = made.id.parse().unwrap();
    assert!(matches!(
        device.call(Command::RevokeApiKey { id }),
        Ok(Reply::Done)
    ));
    let again = device.call(Command::RevokeApiKey { id }).err().unwrap();
    assert_eq!(again.code, Code::UnknownApiKey);
    net.borrow_mut().offline = true;
    let offline = device.call(Command::ApiKeys).err().unwrap();
    assert_eq!(offline.code, Code::Offline);
}
