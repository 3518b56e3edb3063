//! Recovery codes: made, used once, followed by a new passphrase, and shown
//! to every device.

use crate::keys::{NEW, assert_one_epoch, secret, story};
use crate::support::{
    Device, LINK, Meddling, Net, PASSPHRASE, Server, WRONG, code_of, first_device, further_device,
};
use sync_core::endpoint;
use vault_engine::{Answer, CodeView, Command, MadeCode, Notice, Phase, Reply, Unsent};
use vault_types::{Code, CredentialId, RecordId, limits};

impl Device {
    fn use_code(&mut self, code: &MadeCode) -> Answer {
        let code = secret(&code.code);
        self.call(Command::UnlockWithCode { code })
    }

    fn set_passphrase(&mut self, passphrase: &str) -> Result<Vec<MadeCode>, Code> {
        let passphrase = secret(passphrase);
        match self.call(Command::SetPassphrase { passphrase }) {
            Ok(Reply::Rotated(made)) => Ok(made.codes.unwrap()),
            Ok(_) => panic!("an answer of another kind"),
            Err(failure) => Err(failure.code),
        }
    }

    fn codes(&mut self, command: Command) -> Vec<CodeView> {
        match self.call(command) {
            Ok(Reply::RecoveryCodes(list)) => list.codes,
            Ok(_) => panic!("an answer of another kind"),
            Err(failure) => panic!("{:?}", failure.code),
        }
    }
}

fn id_of(code: &MadeCode) -> CredentialId {
    code.id.parse().unwrap()
}

/// A vault with one note and eight codes.
fn with_codes(net: &Net) -> (Device, RecordId, Vec<MadeCode>) {
    let mut device = first_device(net);
    let id = device.put("Kept", "kept1 text");
    device.sync_well();
    let codes = device.make_codes();
    assert_eq!(codes.len(), limits::RECOVERY_CODES);
    device.sync_well();
    (device, id, codes)
}

/// A device of the account that was never unlocked.
pub(crate) fn signed_in(net: &Net, seed: u64) -> Device {
    let mut device = Device::new(net, seed);
    device.sign_in(LINK).unwrap();
    device
}

#[test]
fn a_code_opens_the_vault_and_wants_a_new_passphrase_before_anything_else() {
    let net = Server::new();
    let (mut device, id, codes) = with_codes(&net);
    let before = story(&mut device);
    let mut fresh = signed_in(&net, 2);
    let answer = fresh.use_code(&codes[3]);
    assert!(matches!(answer, Ok(Reply::State(state)) if state.must_set_passphrase));
    fresh.assert_shows_nothing();
    let refused = [
        Command::Open { id },
        Command::Sync,
        Command::RecoveryCodes,
        Command::Remove { id },
        Command::RotateKey {
            passphrase: secret(PASSPHRASE),
        },
        Command::ChangePassphrase {
            current: secret(PASSPHRASE),
            passphrase: secret(NEW),
        },
        Command::ResetVault {
            confirmation: String::from("delete everything"),
        },
    ];
    for command in refused {
        assert_eq!(code_of(fresh.call(command)), Some(Code::SetPassphraseFirst));
    }
    let refused = fresh.set_passphrase("short").err();
    assert_eq!(refused, Some(Code::PassphraseTooShort));
    let made = fresh.set_passphrase(NEW).unwrap();
    assert_eq!(made.len(), limits::RECOVERY_CODES);
    assert!(!fresh.state().must_set_passphrase);
    fresh.sync_until_resealed();
    assert_one_epoch(&net, 2);
    assert_eq!(story(&mut fresh), before);

    // The old passphrase and the old codes are dead, on the other device too.
    device.sync();
    device.advance(limits::LOCK_GRACE_MS);
    assert_eq!(device.phase(), Phase::Locked);
    device.unlock_with(NEW).unwrap();
    device.sync_until_resealed();
    assert_eq!(story(&mut device), before);
    for code in &codes {
        device.lock();
        device.advance(60 * 1000);
        let refused = code_of(device.use_code(code));
        assert_eq!(refused, Some(Code::RecoveryCodeRefused));
    }
    device.restart();
    device.advance(60 * 60 * 1000);
    device.use_code(&made[0]).unwrap();
}

impl Device {
    /// Nothing of the vault is shown.
    fn assert_shows_nothing(&mut self) {
        let list = Command::List {
            kind: None,
            tag: None,
            offset: 0,
            limit: 10,
        };
        assert_eq!(code_of(self.call(list)), Some(Code::SetPassphraseFirst));
    }
}

#[test]
fn every_device_shows_that_a_code_was_used() {
    let net = Server::new();
    let (mut device, _, codes) = with_codes(&net);
    let mut fresh = signed_in(&net, 2);
    let by = fresh.state().device_id;
    fresh.use_code(&codes[0]).unwrap();
    device.sync_well();
    let recovery = device.state().recovery.unwrap();
    assert_eq!(recovery.used_by.as_deref(), Some(by.as_str()));
    assert!(recovery.used_ms.is_some());
    let told = device.notices.iter().any(|notice| {
        matches!(notice, Notice::RecoveryUsed { used_by, .. } if used_by.as_deref() == Some(&by))
    });
    assert!(told);
    let codes = device.codes(Command::RecoveryCodes);
    let used: Vec<_> = codes.iter().filter(|code| code.used_ms.is_some()).collect();
    assert_eq!(used.len(), 1);
    assert_eq!(used[0].used_by.as_deref(), Some(by.as_str()));
}

#[test]
fn a_code_is_used_once_and_by_one_device() {
    let net = Server::new();
    let (_, _, codes) = with_codes(&net);
    let mut fresh = signed_in(&net, 2);
    let mut other = signed_in(&net, 3);
    fresh.use_code(&codes[0]).unwrap();
    let refused = code_of(other.use_code(&codes[0]));
    assert_eq!(refused, Some(Code::RecoveryCodeRefused));
    assert_eq!(other.phase(), Phase::Locked);
}

#[test]
fn a_code_needs_the_server() {
    let net = Server::new();
    let (mut device, _, codes) = with_codes(&net);
    device.lock();
    net.borrow_mut().offline = true;
    // This device holds the code's slot, and still does not open it alone.
    assert_eq!(code_of(device.use_code(&codes[0])), Some(Code::Offline));
    assert_eq!(device.phase(), Phase::Locked);
    net.borrow_mut().offline = false;
    device.use_code(&codes[0]).unwrap();
}

#[test]
fn a_lost_answer_or_a_kill_before_the_passphrase_costs_no_code() {
    let net = Server::new();
    let (_, id, codes) = with_codes(&net);
    let mut fresh = signed_in(&net, 2);
    let path = endpoint::VALIDATE_RECOVERY_CODE;
    net.borrow_mut().meddle_once(path, Meddling::LoseAnswer);
    assert_eq!(code_of(fresh.use_code(&codes[0])), Some(Code::Offline));
    fresh.restart();
    fresh.use_code(&codes[0]).unwrap();
    fresh.restart();
    fresh.use_code(&codes[0]).unwrap();
    // The rotation is lost on the way, and asked for again.
    net.borrow_mut()
        .meddle_once(endpoint::ROTATION, Meddling::Lose);
    assert_eq!(fresh.set_passphrase(NEW).err(), Some(Code::Offline));
    assert!(fresh.state().must_set_passphrase);
    fresh.set_passphrase(NEW).unwrap();
    fresh.sync_until_resealed();
    assert_eq!(fresh.text(id), "kept1 text");
    fresh.restart();
    fresh.unlock_with(NEW).unwrap();
    assert_eq!(fresh.text(id), "kept1 text");
}

#[test]
fn a_locked_vault_wants_the_code_or_the_passphrase_again() {
    let net = Server::new();
    let (_, id, codes) = with_codes(&net);
    let mut fresh = signed_in(&net, 2);
    fresh.use_code(&codes[0]).unwrap();
    fresh.lock();
    // Somebody who remembers the passphrase after all.
    fresh.unlock().unwrap();
    assert!(!fresh.state().must_set_passphrase);
    fresh.sync_well();
    assert_eq!(fresh.text(id), "kept1 text");
}

#[test]
fn revoked_codes_are_dead_and_the_others_live() {
    let net = Server::new();
    let (mut device, _, codes) = with_codes(&net);
    assert_eq!(device.state().recovery.unwrap().left, 8);
    let none = Command::RevokeRecoveryCodes {
        ids: Some(Vec::new()),
    };
    assert_eq!(device.codes(none).len(), 8);
    let two = vec![id_of(&codes[1]), id_of(&codes[2])];
    let left = device.codes(Command::RevokeRecoveryCodes { ids: Some(two) });
    assert_eq!(left.len(), 6);
    assert_eq!(device.state().recovery.unwrap().left, 6);
    let mut fresh = signed_in(&net, 2);
    for code in &codes[1..3] {
        let refused = code_of(fresh.use_code(code));
        assert_eq!(refused, Some(Code::RecoveryCodeRefused));
    }
    fresh.use_code(&codes[0]).unwrap();
    fresh.sign_out(Unsent::Discard).unwrap();
    let all = device.codes(Command::RevokeRecoveryCodes { ids: None });
    assert!(all.is_empty());
    device.sync_well();
    assert!(device.state().recovery.is_some_and(|it| it.left == 0));
    let unknown = vec![id_of(&codes[1])];
    let refused = device.call(Command::RevokeRecoveryCodes { ids: Some(unknown) });
    assert_eq!(code_of(refused), Some(Code::UnknownSlot));
}

#[test]
fn a_new_set_takes_the_place_of_the_old_one() {
    let net = Server::new();
    let (mut device, _, codes) = with_codes(&net);
    let refused = device.call(Command::CreateRecoveryCodes {
        passphrase: secret(WRONG),
    });
    assert_eq!(code_of(refused), Some(Code::CannotUnlock));
    let made = device.make_codes();
    assert_eq!(device.codes(Command::RecoveryCodes).len(), 8);
    let mut fresh = signed_in(&net, 2);
    let refused = code_of(fresh.use_code(&codes[0]));
    assert_eq!(refused, Some(Code::RecoveryCodeRefused));
    fresh.use_code(&made[7]).unwrap();
    // A rotation brings a new set too.
    let Ok(Reply::Rotated(rotated)) = device.rotate() else {
        panic!("not rotated");
    };
    assert_eq!(rotated.codes.map(|codes| codes.len()), Some(8));
}

#[test]
fn a_code_is_looked_at_while_it_is_typed() {
    let net = Server::new();
    let (_, _, codes) = with_codes(&net);
    let mut locked = signed_in(&net, 2);
    let mut check = |typed: &str| {
        let code = secret(typed);
        match locked.call(Command::CheckCode { code }) {
            Ok(Reply::CodeCheck(check)) => {
                let statuses: Vec<_> = check.groups.iter().map(|group| group.status).collect();
                (statuses, check.complete)
            }
            _ => panic!("an answer of another kind"),
        }
    };
    assert_eq!(check(""), (vec![], false));
    assert_eq!(check(&codes[0].code), (vec!["ok"; 7], true));
    assert_eq!(
        check(&codes[0].code[..8]),
        (vec!["ok", "incomplete"], false)
    );
    let swapped = format!("{}{}", &codes[0].code[6..12], &codes[0].code[..5]);
    assert_eq!(check(&swapped), (vec!["wrong", "wrong"], false));
    let refused = locked.call(Command::UnlockWithCode {
        code: secret(&swapped),
    });
    assert_eq!(code_of(refused), Some(Code::RecoveryCodeMistyped));
    let asked = net.borrow().count(endpoint::VALIDATE_RECOVERY_CODE);
    assert_eq!(asked, 0, "a mistyped code costs no try");
}

#[test]
fn a_device_that_is_open_learns_of_new_codes() {
    let net = Server::new();
    let mut device = first_device(&net);
    let mut other = further_device(&net, 2);
    device.make_codes();
    other.sync_well();
    assert_eq!(other.state().recovery.unwrap().left, 8);
    assert_eq!(other.phase(), Phase::Unlocked);
}
