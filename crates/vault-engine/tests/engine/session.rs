//! Signing in and out.

use crate::support::{Device, Fault, LINK, Server, Spoil, first_device};
use sync_core::endpoint;
use vault_engine::{Command, Phase, Store, StoreError, Unsent};
use vault_types::Code;

const FOREIGN_LINK: &str = "b-link-of-another-account";

#[test]
fn a_link_that_is_none_signs_nobody_in() {
    let net = Server::new();
    let mut device = Device::new(&net, 1);
    assert_eq!(device.sign_in("1").err().unwrap().code, Code::LinkInvalid);
    assert_eq!(device.phase(), Phase::SignedOut);
}

#[test]
fn unsent_work_keeps_a_person_signed_in() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.settle();
    net.borrow_mut().offline = true;
    let id = device.put("Title", "text");
    let refused = device.sign_out(Unsent::Keep).err().unwrap();
    assert_eq!(refused.code, Code::UnsentWork);
    assert_eq!(device.text(id), "text");
    device.restart();
    let refused = device.sign_out(Unsent::Keep).err().unwrap();
    assert_eq!(refused.code, Code::UnsentWork);
    device.unlock().unwrap();
    net.borrow_mut().offline = false;
    device.sync_well();
    assert_eq!(
        device.sign_out(Unsent::Keep).unwrap().phase,
        Phase::SignedOut
    );
}

#[test]
fn signing_out_leaves_nothing_behind() {
    for offline in [false, true] {
        let net = Server::new();
        let mut device = first_device(&net);
        device.put("Title", "text");
        net.borrow_mut().offline = offline;
        let old_id = device.call(Command::State);
        let state = device.sign_out(Unsent::Discard).unwrap();
        assert_eq!(state.phase, Phase::SignedOut);
        assert_eq!(state.account_id, None);
        match old_id {
            Ok(vault_engine::Reply::State(old)) => assert_ne!(old.device_id, state.device_id),
            _ => panic!("no state"),
        }
        for store in Store::ALL {
            let kept: &[&str] = if store == Store::Meta {
                &["device"]
            } else {
                &[]
            };
            assert_eq!(device.disk.keys(store), kept);
        }
        assert_eq!(device.status().unsent, 0);
        net.borrow_mut().offline = false;
        device.restart();
        device.sign_in(LINK).unwrap();
        device.unlock().unwrap();
        device.sync_well();
    }
}

#[test]
fn a_save_that_was_asked_for_before_signing_out_is_not_lost_unseen() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.sync_well();
    device.hold.writes = true;
    let saved = device.ask(crate::support::save_text(id, "last words"));
    let leave = device.ask(Command::SignOut {
        unsent: Unsent::Keep,
    });
    device.hold.writes = false;
    device.settle();
    assert!(device.take(saved).unwrap().is_ok());
    let refused = device.take(leave).unwrap().err().unwrap();
    assert_eq!(refused.code, Code::UnsentWork);
    assert_eq!(device.text(id), "last words");
}

#[test]
fn while_signing_out_nothing_else_begins() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.sync_well();
    device.hold.sends = true;
    device.ask(Command::SignOut {
        unsent: Unsent::Keep,
    });
    device.settle();
    assert_eq!(device.unlock().err().unwrap().code, Code::Stopped);
    assert_eq!(device.sign_in(LINK).err().unwrap().code, Code::Stopped);
    assert_eq!(device.try_put("a", "b").err().unwrap().code, Code::Stopped);
    device.hold.sends = false;
    device.settle();
    assert_eq!(device.phase(), Phase::SignedOut);
    device.assert_all_answered_once();
}

#[test]
fn a_disk_that_cannot_be_cleared_says_so_and_is_tried_again() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.sync_well();
    device.disk.always = Some(StoreError::Failed);
    let failed = device.sign_out(Unsent::Discard).err().unwrap();
    assert_eq!(failed.code, Code::StorageFailed);
    device.disk.always = None;
    let state = device.sign_out(Unsent::Discard).unwrap();
    assert_eq!(state.phase, Phase::SignedOut);
}

#[test]
fn another_accounts_link_is_refused_and_sends_nothing_of_this_one() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.settle();
    net.borrow_mut().offline = true;
    let id = device.put("Title", "text");
    net.borrow_mut().offline = false;
    let uploads = net.borrow().count(endpoint::UPLOAD);
    let refused = device.sign_in(FOREIGN_LINK).err().unwrap();
    assert_eq!(refused.code, Code::OtherAccount);
    let status = device.sync();
    assert!(status.code.is_some());
    assert_eq!(net.borrow().count(endpoint::UPLOAD), uploads);
    assert_eq!(device.text(id), "text");
    device.sign_in(LINK).unwrap();
    device.sync_well();
}

#[test]
fn a_damaged_device_row_is_told_and_signing_out_mends_it() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.sync_well();
    device.disk.spoil(Store::Meta, "session", Spoil::Cut);
    device.restart();
    assert_eq!(device.unlock().err().unwrap().code, Code::Corrupt);
    let refused = device.sign_out(Unsent::Keep).err().unwrap();
    assert_eq!(refused.code, Code::Corrupt);
    let state = device.sign_out(Unsent::Discard).unwrap();
    assert_eq!(state.phase, Phase::SignedOut);
    device.sign_in(LINK).unwrap();
    device.unlock().unwrap();
}

#[test]
fn a_disk_that_cannot_be_read_at_the_start_is_told() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.disk.unreadable = Some(Store::Meta);
    device.restart();
    assert_eq!(device.unlock().err().unwrap().code, Code::StorageFailed);
    device.disk.unreadable = None;
    device.restart();
    device.unlock().unwrap();
}

#[test]
fn a_browser_that_kept_only_its_cookie_finds_its_vault() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.sync_well();
    device.disk.clear();
    device.restart();
    assert_eq!(device.phase(), Phase::Locked);
    device.unlock().unwrap();
    device.settle();
    assert_eq!(device.text(id), "text");
}

#[test]
fn a_device_whose_id_the_disk_did_not_take_at_first_stays_who_signed_in() {
    let net = Server::new();
    first_device(&net);
    let mut device = Device::new(&net, 2);
    device.disk.clear();
    device.disk.plan(0, Fault::Failed);
    device.restart();
    device.sign_in(LINK).unwrap();
    device.unlock().unwrap();
    device.settle();
    device.restart();
    device.unlock().unwrap();
    device.put("Mine", "mine1 text");
    device.sync_well();
}
