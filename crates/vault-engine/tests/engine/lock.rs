//! Locking, unlocking, and what happens at the same time.

use crate::support::{Device, Kdf};
use crate::support::{
    Hold, LINK, PASSPHRASE, Server, WRONG, code_of, first_device, further_device, note, save_text,
};
use sync_core::endpoint;
use vault_engine::{Command, Notice, Phase, SecretText, Timer};
use vault_types::{Code, limits};

fn secret() -> SecretText {
    SecretText::new(PASSPHRASE.to_owned())
}

#[test]
fn the_real_key_derivation_opens_what_it_made() {
    let net = Server::new();
    let mut device = Device::new(&net, 1);
    device.kdf = Kdf::Real;
    device.sign_in(LINK).unwrap();
    device.create_vault().unwrap();
    let id = device.put("Title", "text");
    device.restart();
    device.unlock().unwrap();
    assert_eq!(device.text(id), "text");
}

#[test]
fn a_wrong_passphrase_opens_nothing() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.put("Title", "text");
    device.lock();
    for wrong in [WRONG, "", "x", &"long ".repeat(1_000)] {
        let refused = device.unlock_with(wrong).err().unwrap();
        assert_eq!(refused.code, Code::CannotUnlock);
        assert_eq!(device.phase(), Phase::Locked);
        assert_eq!(device.hits("text").err().unwrap().code, Code::Locked);
    }
    device.unlock().unwrap();
    assert_eq!(device.titles(), ["Title"]);
}

#[test]
fn a_short_passphrase_makes_no_vault() {
    let net = Server::new();
    let mut device = Device::new(&net, 1);
    device.sign_in(LINK).unwrap();
    let passphrase = SecretText::new(String::from("short"));
    let answer = device.call(Command::CreateVault { passphrase });
    assert_eq!(code_of(answer), Some(Code::PassphraseTooShort));
    assert_eq!(device.phase(), Phase::NoVault);
    assert!(net.borrow().vaults.is_empty());
}

#[test]
fn commands_before_sign_in_and_before_a_vault_say_so() {
    let net = Server::new();
    let mut device = Device::new(&net, 1);
    assert_eq!(device.phase(), Phase::SignedOut);
    assert_eq!(device.unlock().err().unwrap().code, Code::SignedOut);
    assert_eq!(device.create_vault().err().unwrap().code, Code::SignedOut);
    assert_eq!(
        device.try_put("a", "b").err().unwrap().code,
        Code::SignedOut
    );
    device.sign_in(LINK).unwrap();
    assert_eq!(device.phase(), Phase::NoVault);
    assert_eq!(device.unlock().err().unwrap().code, Code::NoVault);
    assert_eq!(device.try_put("a", "b").err().unwrap().code, Code::NoVault);
    device.create_vault().unwrap();
    assert_eq!(device.create_vault().err().unwrap().code, Code::VaultExists);
}

#[test]
fn nobody_touching_it_locks_it() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.put("Title", "text");
    device.advance(limits::IDLE_LOCK_MS - 1);
    assert_eq!(device.phase(), Phase::Unlocked);
    device.notices.clear();
    device.advance(1 + limits::LOCK_GRACE_MS);
    assert_eq!(device.phase(), Phase::Locked);
    let told =
        |notice: &Notice| matches!(notice, Notice::State(state) if state.phase == Phase::Locked);
    assert!(device.notices.iter().any(told));
}

#[test]
fn activity_postpones_the_lock() {
    let net = Server::new();
    let mut device = first_device(&net);
    for _ in 0..5 {
        device.advance(limits::IDLE_LOCK_MS - 1);
        assert!(device.call(Command::Activity).is_ok());
    }
    assert_eq!(device.phase(), Phase::Unlocked);
    device.advance(limits::IDLE_LOCK_MS + limits::LOCK_GRACE_MS);
    assert_eq!(device.phase(), Phase::Locked);
}

#[test]
fn waking_from_a_long_sleep_locks_before_anything_is_shown() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    for first in [
        Command::Activity,
        Command::Open { id },
        Command::Visibility {
            visible: true,
            form: None,
        },
    ] {
        device.set_clock(device.now_ms + 8 * limits::IDLE_LOCK_MS);
        let request = device.ask(first);
        device.settle();
        let answer = device.take(request).unwrap();
        assert!(!matches!(answer, Ok(vault_engine::Reply::Record(_))));
        // Nothing is shown from then on, not even while drafts are kept.
        assert_eq!(device.open(id).err().unwrap().code, Code::Locked);
        device.advance(limits::LOCK_GRACE_MS);
        assert_eq!(device.phase(), Phase::Locked);
        device.unlock().unwrap();
    }
}

#[test]
fn what_is_saved_on_waking_is_kept_before_the_lock() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.set_clock(device.now_ms + 8 * limits::IDLE_LOCK_MS);
    assert!(device.save(id, "typed before the sleep").is_ok());
    device.advance(limits::LOCK_GRACE_MS);
    assert_eq!(device.phase(), Phase::Locked);
    device.unlock().unwrap();
    assert_eq!(device.text(id), "typed before the sleep");
}

#[test]
fn a_clock_set_back_locks_rather_than_never() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.set_clock(device.now_ms - 24 * 60 * 60 * 1000);
    device.fire(Timer::Idle);
    device.advance(limits::LOCK_GRACE_MS);
    assert_eq!(device.phase(), Phase::Locked);
}

#[test]
fn a_clock_corrected_by_a_little_does_not_lock() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.set_clock(device.now_ms - 20);
    assert_eq!(device.text(id), "text");
    assert!(
        device
            .call(Command::Visibility {
                visible: true,
                form: None
            })
            .is_ok()
    );
    assert_eq!(device.phase(), Phase::Unlocked);
}

#[test]
fn a_lock_waits_for_the_writes_that_were_asked_before_it() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.hold = Hold {
        writes: true,
        ..Hold::default()
    };
    let saved = device.ask(save_text(id, "under way"));
    let queued = device.ask(Command::Put {
        records: vec![note("Queued", "queued text")],
    });
    let first = device.ask(Command::Lock { tier: None });
    let second = device.ask(Command::Lock { tier: None });
    let late = device.ask(save_text(id, "too late"));
    device.settle();
    assert!(device.take(saved).is_none());
    device.hold = Hold::default();
    device.settle();
    for request in [saved, queued, first, second] {
        assert!(device.take(request).unwrap().is_ok());
    }
    assert_eq!(code_of(device.take(late).unwrap()), Some(Code::Stopped));
    device.assert_all_answered_once();
    device.unlock().unwrap();
    assert_eq!(device.text(id), "under way");
    assert_eq!(device.titles(), ["Queued", "Title"]);
}

#[test]
fn a_lock_while_a_record_is_read_answers_it_once() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.sync_well();
    device.restart();
    device.unlock().unwrap();
    device.hold.reads = true;
    let open = device.ask(Command::Open { id });
    let search = device.ask(Command::Search {
        query: String::from("text"),
        limit: 10,
        kind: None,
    });
    assert!(device.call(Command::Lock { tier: None }).is_ok());
    device.hold.reads = false;
    device.settle();
    for request in [open, search] {
        assert_eq!(code_of(device.take(request).unwrap()), Some(Code::Stopped));
    }
    device.assert_all_answered_once();
}

#[test]
fn a_lock_during_a_round_ends_it_and_the_next_unlock_takes_it_up() {
    let net = Server::new();
    for held in 0..4 {
        let mut device = if held == 0 {
            first_device(&net)
        } else {
            further_device(&net, 10 + held)
        };
        let id = device.put("Title", &format!("held{held} text"));
        device.hold.sends = true;
        let sync = device.ask(Command::Sync);
        device.settle();
        // The round gets this many answers before the lock.
        for _ in 0..held {
            device.hold.sends = false;
            device.step();
            device.hold.sends = true;
            device.settle();
        }
        device.lock();
        device.hold.sends = false;
        device.settle();
        assert!(device.take(sync).is_some());
        device.assert_all_answered_once();
        device.unlock().unwrap();
        device.sync_well();
        assert_eq!(device.text(id), format!("held{held} text"));
    }
    assert_eq!(net.borrow_mut().vault().ops.len(), 4);
}

#[test]
fn after_a_lock_the_history_goes_on_where_it_was() {
    let net = Server::new();
    let mut device = first_device(&net);
    for n in 0..5 {
        device.put("Title", &format!("text{n}"));
    }
    device.sync_well();
    device.lock();
    device.unlock().unwrap();
    device.settle();
    device.sync_well();
    assert_eq!(net.borrow().count(endpoint::DOWNLOAD), 0);
}

#[test]
fn two_unlocks_at_once_are_both_answered() {
    let net = Server::new();
    first_device(&net);
    let mut device = Device::new(&net, 2);
    device.sign_in(LINK).unwrap();
    let first = device.ask(Command::Unlock {
        passphrase: secret(),
    });
    let second = device.ask(Command::Unlock {
        passphrase: SecretText::new(WRONG.to_owned()),
    });
    device.settle();
    assert!(device.take(first).unwrap().is_ok());
    assert_eq!(code_of(device.take(second).unwrap()), Some(Code::Misuse));
    assert_eq!(device.phase(), Phase::Unlocked);
}

#[test]
fn a_lock_while_a_passphrase_is_tried_keeps_it_locked() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.lock();
    let unlock = device.ask(Command::Unlock {
        passphrase: secret(),
    });
    device.lock();
    assert_eq!(code_of(device.take(unlock).unwrap()), Some(Code::Stopped));
    assert_eq!(device.phase(), Phase::Locked);
    device.unlock().unwrap();
}

#[test]
fn two_vaults_at_once_become_one() {
    let net = Server::new();
    let mut device = Device::new(&net, 1);
    device.sign_in(LINK).unwrap();
    let create = || Command::CreateVault {
        passphrase: secret(),
    };
    let requests = [device.ask(create()), device.ask(create())];
    device.settle();
    let answers = requests.map(|request| device.take(request).unwrap());
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(device.phase(), Phase::Unlocked);
    let id = device.put("Title", "text");
    device.restart();
    device.unlock().unwrap();
    assert_eq!(device.text(id), "text");
}

#[test]
fn signing_out_while_a_passphrase_is_tried_answers_both() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.sync_well();
    device.lock();
    device.hold.reads = true;
    let unlock = device.ask(Command::Unlock {
        passphrase: secret(),
    });
    let leave = device.ask(Command::SignOut {
        unsent: vault_engine::Unsent::Keep,
    });
    device.hold.reads = false;
    device.settle();
    assert_eq!(code_of(device.take(unlock).unwrap()), Some(Code::Stopped));
    assert!(device.take(leave).unwrap().is_ok());
    assert_eq!(device.phase(), Phase::SignedOut);
}
