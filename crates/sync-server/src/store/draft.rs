//! What a commit is to announce: known before it, told after it, here and to
//! other servers on the same database.

use super::announce::{Announcements, Changed};
use vault_types::AccountId;

/// One thing to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// To whoever listens to an account.
    Account(AccountId, Changed),
    /// To everybody: anything may have changed.
    Everybody,
}

const EVERYBODY: &str = "everybody";

const fn name(changed: Changed) -> &'static str {
    match changed {
        Changed::Head => "head",
        Changed::Lock => "lock",
        Changed::Keys => "keys",
        Changed::Vault => "vault",
        Changed::Sessions => "sessions",
    }
}

impl Told {
    /// Tells it.
    pub(super) fn tell(self, announcements: &Announcements) {
        match self {
            Self::Account(account_id, changed) => announcements.announce(account_id, changed),
            Self::Everybody => announcements.announce_all(),
        }
    }

    /// As text, for other servers.
    pub(super) fn to_text(self) -> String {
        match self {
            Self::Account(account_id, changed) => format!("{account_id} {}", name(changed)),
            Self::Everybody => EVERYBODY.to_owned(),
        }
    }

    /// Reads what [`Self::to_text`] wrote. A server of another version may say
    /// what this one does not know: then anything may have changed.
    pub(super) fn from_text(text: &str) -> Self {
        let known = || {
            let (account_id, kind) = text.split_once(' ')?;
            let changed = Changed::ALL
                .into_iter()
                .find(|known| name(*known) == kind)?;
            Some(Self::Account(account_id.parse().ok()?, changed))
        };
        known().unwrap_or(Self::Everybody)
    }
}

/// What a commit is to announce.
#[derive(Debug, Default)]
pub(super) struct Draft {
    told: Vec<Told>,
}

impl Draft {
    /// Whoever listens to an account is to be told.
    pub(super) fn announce(&mut self, account_id: AccountId, changed: Changed) {
        self.told.push(Told::Account(account_id, changed));
    }

    /// Everybody is to be told that anything may have changed.
    pub(super) fn announce_all(&mut self) {
        self.told.push(Told::Everybody);
    }

    /// What there is to tell.
    pub(super) fn told(&self) -> &[Told] {
        &self.told
    }

    /// Tells it, after the commit.
    pub(super) fn tell(&self, announcements: &Announcements) {
        for told in &self.told {
            told.tell(announcements);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: AccountId = AccountId::from_bytes([7; 16]);

    #[test]
    fn what_is_told_to_other_servers_is_what_they_understand() {
        for changed in Changed::ALL {
            let told = Told::Account(ACCOUNT, changed);
            assert_eq!(Told::from_text(&told.to_text()), told);
        }
        assert_eq!(Told::from_text(&Told::Everybody.to_text()), Told::Everybody);
    }

    #[test]
    fn what_is_not_understood_may_be_anything() {
        let of_later = Told::Account(ACCOUNT, Changed::Head).to_text() + "-and-more";
        for text in ["", "x", "x head", &of_later] {
            assert_eq!(Told::from_text(text), Told::Everybody, "{text}");
        }
    }
}
