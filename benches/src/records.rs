//! Sealing and opening many small records.

use crate::random::Random;
use rand_core::Rng;
use vault_core::{
    KdfRequest, NewSlot, OpBody, OpDraft, Policy, RecordBody, SealError, UnlockedVault,
    VaultIdentity, create_vault,
};
use vault_types::{
    AccountId, CredentialId, Cursor, DeviceId, HistoryHash, Kind, Op, OpId, RecordId, Seen, Stamp,
    VaultId,
};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

/// A vault and records for it, sealed and not.
#[wasm_bindgen]
pub struct Records {
    vault: UnlockedVault,
    random: Random,
    drafts: Vec<(OpDraft, OpBody)>,
    sealed: Vec<Op>,
}

#[wasm_bindgen]
impl Records {
    /// `count` records whose encoded bodies are `body_bytes` long, for a vault
    /// under policy 1 or 2. Nothing is sealed yet.
    ///
    /// # Errors
    /// A sentence, if the numbers make no sense.
    #[wasm_bindgen(constructor)]
    pub fn new(policy: u16, count: u32, body_bytes: u32) -> Result<Self, JsError> {
        let policy = Policy::by_version(vault_types::PolicyVersion(policy))
            .ok_or_else(|| JsError::new("no such policy"))?;
        let mut random = Random::new().map_err(|_| JsError::new("no randomness"))?;
        let vault = open_vault(&policy, &mut random)?;
        let drafts = (0..count)
            .map(|number| Ok((draft(&mut random), body(number, body_bytes as usize)?)))
            .collect::<Result<_, SealError>>()?;
        Ok(Self {
            vault,
            random,
            drafts,
            sealed: Vec::new(),
        })
    }

    /// Seals all, and keeps what comes of it for [`Self::open`]. Included:
    /// encoding, padding, header and associated data, randomness, and under
    /// policy 1 a key for each. Returns how many bytes the bodies take sealed.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn seal(&mut self) -> Result<u32, JsError> {
        let drafts = self.drafts.iter().map(|(draft, body)| (draft, body));
        self.sealed = self.vault.seal_ops(drafts, &mut self.random)?;
        let lens = self.sealed.iter().map(|op| op.body.as_slice().len());
        Ok(u32::try_from(lens.sum::<usize>()).unwrap_or(u32::MAX))
    }

    /// Opens all that was sealed. Included: associated data, under policy 1 a
    /// key for each, the tag, the check of the padding, and the parsing into a
    /// record with its texts. Returns how many bytes of text were found.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn open(&self) -> Result<u32, JsError> {
        let mut bytes = 0;
        for opened in self.vault.open_ops(&self.sealed) {
            if let OpBody::Record(record) = opened? {
                bytes += record.text.len();
            }
        }
        Ok(u32::try_from(bytes).unwrap_or(u32::MAX))
    }

    /// How many bytes of associated data each record has: the peers get as
    /// many.
    #[must_use]
    pub fn associated_bytes() -> u32 {
        // Label with its length, object type, account, vault, header.
        (1 + "lockstep/op/v1".len() + 1 + 16 + 16 + vault_types::OpHeader::LEN) as u32
    }
}

fn id(random: &mut Random) -> [u8; 16] {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    bytes
}

fn open_vault(policy: &Policy, random: &mut Random) -> Result<UnlockedVault, JsError> {
    let identity = VaultIdentity {
        account_id: AccountId::from_random(id(random)),
        vault_id: VaultId::from_random(id(random)),
    };
    let slot = NewSlot {
        credential_id: CredentialId::from_random(id(random)),
        label: "",
    };
    let request = KdfRequest::for_new_slot(policy, random)?;
    let mut key = Zeroizing::new([0; 32]);
    random.fill_bytes(key.as_mut_slice());
    let stretched = request.accept_platform(key);
    let (vault, _) = create_vault(identity, policy, slot, stretched, random)?;
    Ok(vault)
}

fn draft(random: &mut Random) -> OpDraft {
    OpDraft {
        op_id: OpId::from_random(id(random)),
        record_id: RecordId::from_random(id(random)),
        device_id: DeviceId::from_random(id(random)),
        base: None,
        stamp: Stamp {
            wall_ms: 1_700_000_000_000,
            counter: 0,
        },
        seen: Seen {
            cursor: Cursor(1),
            hash: HistoryHash::from_bytes([7; 32]),
        },
    }
}

/// A record whose encoded body is exactly so long.
fn body(number: u32, body_bytes: usize) -> Result<OpBody, SealError> {
    let mut record = RecordBody {
        kind: Kind::Infobase,
        title: format!("Note {number:05}"),
        text: String::new(),
        tags: vec![String::from("bench")],
        created_ms: 1_700_000_000_000,
        updated_ms: 1_700_000_000_000,
        source: None,
        conflict_of: None,
    };
    let words = "the tide turns at noon and the boats come in ";
    loop {
        let body = OpBody::Record(record);
        let missing = body_bytes.saturating_sub(body.encode()?.len());
        if missing == 0 {
            return Ok(body);
        }
        let OpBody::Record(unfinished) = body else {
            return Ok(body);
        };
        record = unfinished;
        // The length of the text may take one byte more than it did.
        let step = missing.saturating_sub(1).max(1);
        record.text.extend(words.chars().cycle().take(step));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_body_is_as_long_as_asked_for() {
        for len in [100, 180, 300, 16_384] {
            assert_eq!(body(7, len).unwrap().encode().unwrap().len(), len);
        }
    }

    #[test]
    fn what_is_opened_is_what_was_sealed() {
        for policy in [1, 2] {
            let mut records = Records::new(policy, 20, 300).unwrap();
            let sealed = records.seal().unwrap();
            assert!(sealed > 20 * 300);
            let texts = records.drafts.iter().map(|(_, body)| match body {
                OpBody::Record(record) => record.text.len(),
                OpBody::Tombstone => 0,
            });
            assert_eq!(records.open().unwrap() as usize, texts.sum::<usize>());
        }
    }
}
