//! One-time sign-in links.

use crate::clock::now_ms;
use crate::http::PublicUrl;
use crate::store::{AddLink, LinkAdded, Store, StoreError, WhenFull};
use crate::token::Token;
use sync_core::message::NewLink;
use vault_types::AccountId;

/// Makes a link; `None` if too many are open.
pub(crate) async fn make<S: Store>(
    store: &S,
    account_id: AccountId,
    public_url: &PublicUrl,
    when_full: WhenFull,
) -> Result<Option<NewLink>, StoreError> {
    let token = Token::generate().map_err(|_| StoreError::Failed { number: -1 })?;
    let added = store
        .add_link(AddLink {
            token_hash: token.hash(),
            account_id,
            now_ms: now_ms(),
            when_full,
        })
        .await?;
    Ok(match added {
        LinkAdded::TooMany => None,
        LinkAdded::Open { expires_at_ms } => Some(NewLink {
            url: public_url.sign_in(&token.expose_text()),
            token: token.expose_text(),
            expires_at_ms,
        }),
    })
}
