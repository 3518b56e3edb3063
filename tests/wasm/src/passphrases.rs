//! Passphrases and what they stretch to.

use crate::case::{Case, Mismatch, Script, same};
use crate::vaults::IDENTITY;
use vault_core::{KdfParams, KdfRequest, LockedVault, NewSlot, Passphrase, Policy, create_vault};
use vault_types::CredentialId;
use zeroize::Zeroizing;

pub(crate) fn check_passphrase(case: &Case<'_>) -> Result<(), Mismatch> {
    let typed = case.utf8("typed")?;
    match Passphrase::for_unlock(&typed) {
        Ok(passphrase) => {
            let found = passphrase.expose_bytes().to_vec();
            same(found, case.bytes("nfkc")?, "the normalized form")?;
        }
        Err(error) => {
            let code: String = case.read("refused")?;
            same(error.code().as_str(), &*code, "the code")?;
        }
    }
    let refused = Passphrase::new(&typed).err();
    let refused = refused.map(|error| error.code().as_str().to_owned());
    let wanted = if case.has("refused_for_a_new_slot") {
        Some(case.read("refused_for_a_new_slot")?)
    } else {
        None
    };
    same(refused, wanted, "the code for a new slot")
}

/// KDF parameters as the vectors write them.
pub(crate) fn kdf(case: &Case<'_>) -> Result<KdfParams, Mismatch> {
    match &*case.read::<String>("name")? {
        "PBKDF2-HMAC-SHA256" => Ok(KdfParams::Pbkdf2Sha256 {
            iterations: case.read("iterations")?,
        }),
        "Argon2id" => Ok(KdfParams::Argon2id {
            memory_kib: case.read("memory_kib")?,
            passes: case.read("passes")?,
            lanes: case.read("lanes")?,
        }),
        _ => Err(Mismatch::BadField { name: "kdf" }),
    }
}

/// No interface gives a stretched key away, so that a vault made with the one
/// of the passphrase has to open with the one of the vector, as with the one
/// that a browser's own PBKDF2 would hand in.
pub(crate) fn check_kdf(case: &Case<'_>) -> Result<(), Mismatch> {
    let failed = |what| move |()| Mismatch::Failed { what };
    let policy = Policy {
        kdf: kdf(&case.inner("kdf")?)?,
        ..Policy::V1
    };
    let mut salt = Script::new(case.bytes("salt")?);
    let request = KdfRequest::for_new_slot(&policy, &mut salt);
    let request = request
        .map_err(drop)
        .map_err(failed("the check of the cost"))?;
    salt.finish()?;
    let passphrase = Passphrase::new(&case.utf8("typed")?);
    let passphrase = passphrase.map_err(drop).map_err(failed("the passphrase"))?;
    let stretched = request.stretch(&passphrase);
    let stretched = stretched.map_err(drop).map_err(failed("stretching"))?;

    let slot = NewSlot {
        credential_id: CredentialId::from_random([3; 16]),
        label: "",
    };
    let mut random = Script::new((0..44).collect());
    let created = create_vault(IDENTITY, &policy, slot, stretched, &mut random);
    let (_, list) = created.map_err(drop).map_err(failed("creating a vault"))?;
    let locked = LockedVault::new(IDENTITY, list);
    let locked = locked.map_err(drop).map_err(failed("reading the slots"))?;
    let given = Zeroizing::new(case.array("stretched")?);
    let opened = locked.unlock(request.accept_platform(given));
    same(opened.err(), None, "the stretched key")?;

    let mut other = case.array::<32>("stretched")?;
    other[31] ^= 1;
    let opened = locked.unlock(request.accept_platform(Zeroizing::new(other)));
    match opened {
        Ok(_) => Err(Mismatch::Accepted {
            what: "another key",
        }),
        Err(_) => Ok(()),
    }
}
