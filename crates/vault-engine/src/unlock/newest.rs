//! The list at once: what each section begins with is told as soon as the key
//! is there, before the catalogue is opened.

use super::{Found, Step, Unlocking};
use crate::catalogue::open_newest;
use crate::command::{NewestRows, Notice, RequestId};
use crate::context::Context;
use crate::device::DEVICE;
use crate::effect::{Query, Rows, Store};
use crate::engine::{Engine, Life};
use crate::open_vault::list_item;
use crate::wait::Wait;
use rand_core::CryptoRng;
use vault_core::UnlockedVault;

impl Engine {
    /// Tells what the lists begin with, if that opens, and takes a turn so that
    /// it can be shown while the rest is opened.
    pub(super) fn show_newest<R: CryptoRng>(
        &mut self,
        request: RequestId,
        vault: UnlockedVault,
        found: Found,
        cx: &mut Context<'_, R>,
    ) {
        let newest = found.newest.and_then(|sealed| open_newest(&vault, &sealed));
        let Some(newest) = newest else {
            return self.open_catalogue(request, (vault, None), &found.pages, cx);
        };
        let outbox = &self.outbox;
        let sections = newest.into_iter().map(|of| NewestRows {
            kind: of.kind,
            total: of.total,
            items: of
                .entries
                .iter()
                .map(|entry| list_item(entry, outbox))
                .collect(),
        });
        cx.notify(Notice::Newest {
            sections: sections.collect(),
        });
        let step = Step::Shown {
            vault: Box::new(vault),
            pages: found.pages,
        };
        self.life = Life::Unlocking(Unlocking { request, step });
        let turn = vec![keyed(DEVICE)];
        cx.read(&mut self.waiting, turn, Wait::UnlockTurn { request });
    }

    /// The newest rows are on their way: opens the rest.
    pub(crate) fn open_rest<R: CryptoRng>(&mut self, request: RequestId, cx: &mut Context<'_, R>) {
        if let Some(Step::Shown { vault, pages }) = self.take_unlocking(request) {
            self.open_catalogue(request, (*vault, None), &pages, cx);
        }
    }
}

impl Found {
    pub(super) fn of(results: Vec<Rows>) -> Self {
        let mut results = results.into_iter();
        let pages = results.next().unwrap_or_default();
        let newest = results.next().and_then(|mut rows| rows.pop());
        Self {
            pages,
            newest: newest.map(|(_, sealed)| sealed),
        }
    }
}

/// Reads one value of `meta`.
pub(super) fn keyed(key: &str) -> Query {
    Query::Keys {
        store: Store::Meta,
        keys: vec![key.to_owned()],
    }
}
