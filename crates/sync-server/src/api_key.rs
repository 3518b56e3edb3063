//! Keys for programs: made and shown once.

use crate::clock::now_ms;
use crate::store::{AddApiKey, ApiKeyAdded, Member, Store, StoreError};
use crate::token::{NoRandomness, Token, random_bytes};
use sync_core::message::NewApiKey;
use vault_types::{AccountId, DeviceId, limits};

/// What the text of a key begins with, so that one that leaked is recognized.
const PREFIX: &str = "lockstep_key_";

/// Whether a name is one: 1 to so many bytes, and something to be seen.
pub(crate) fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= limits::DEVICE_NAME_BYTES_MAX
}

/// The token in the text of a key.
pub(crate) fn parse(text: &str) -> Option<Token> {
    Token::parse(text.trim().strip_prefix(PREFIX)?)
}

/// Makes a key; `None` if the account has too many.
pub(crate) async fn make<S: Store>(
    store: &S,
    account_id: AccountId,
    name: String,
) -> Result<Option<NewApiKey>, StoreError> {
    let failed = |_: NoRandomness| StoreError::Failed { number: -1 };
    let token = Token::generate().map_err(failed)?;
    let device_id = DeviceId::from_random(random_bytes().map_err(failed)?);
    let key = AddApiKey {
        token_hash: token.hash(),
        member: Member {
            account_id,
            device_id,
        },
        name,
        now_ms: now_ms(),
    };
    Ok(match store.add_api_key(key).await? {
        ApiKeyAdded::TooMany => None,
        ApiKeyAdded::Added => Some(NewApiKey {
            device_id,
            token: format!("{PREFIX}{}", token.expose_text()),
        }),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_key_is_its_prefix_and_a_token() {
        let token = Token::generate().unwrap();
        let text = token.expose_text();
        let whole = format!("{PREFIX}{text}");
        assert_eq!(parse(&whole).unwrap().hash(), token.hash());
        for bad in ["", PREFIX, &text, &whole[1..], &format!("{whole}A")] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn names_are_seen_and_short() {
        assert!(is_name("Backup script"));
        for bad in ["", " ", "\n", &"x".repeat(129)] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}
