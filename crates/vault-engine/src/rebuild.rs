//! Making the catalogue anew from the operations themselves, when a page of
//! it is damaged or missing. Nothing is deleted but the pages and the index,
//! which both can be made again.

use crate::catalogue::{Catalogue, Entry};
use crate::command::RequestId;
use crate::context::Context;
use crate::effect::{Change, Query, Rows, Store};
use crate::engine::{Engine, Life};
use crate::open_vault::OpenVault;
use crate::packs::{self, Location, PackId};
use crate::unlock::{Step, Unlocking};
use crate::wait::Wait;
use rand_core::CryptoRng;
use search_index::DocNumber;
use vault_core::{HeldKek, OpBody, UnlockedVault};
use vault_types::order::sort_by_key;
use vault_types::{Code, Map, Op, RecordId};

impl Engine {
    /// Reads every operation.
    pub(crate) fn rebuild<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (vault, held): (UnlockedVault, Option<Box<HeldKek>>),
        cx: &mut Context<'_, R>,
    ) {
        let step = Step::Packs {
            vault: Box::new(vault),
            held,
        };
        self.life = Life::Unlocking(Unlocking { request, step });
        let packs = vec![Query::All {
            store: Store::Packs,
        }];
        cx.read(&mut self.waiting, packs, Wait::UnlockPacks { request });
    }

    /// Every operation was read: write the catalogue that they make. Its
    /// index numbers are new, so the index goes and is made anew too.
    pub(crate) fn unlock_packs<R: CryptoRng>(
        &mut self,
        request: RequestId,
        result: Result<Vec<Rows>, Code>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(Step::Packs { vault, held }) = self.take_unlocking(request) else {
            return;
        };
        let prepared = result.and_then(|results| {
            let packs: Rows = results.into_iter().flatten().collect();
            refuse_newer_key(&vault, &packs)?;
            let catalogue = catalogue_of(&vault, &packs);
            let entries: Vec<Entry> = catalogue.entries().cloned().collect();
            let mut changes = vec![
                Change::Clear {
                    store: Store::Pages,
                },
                Change::Clear {
                    store: Store::Segments,
                },
            ];
            changes.extend(catalogue.seal_pages(&vault, &entries, cx.rng)?);
            changes.push(catalogue.seal_newest(&vault, &[], cx.rng)?);
            let open = OpenVault::new(*vault, catalogue, &self.outbox);
            let mut open = open.must_set(held);
            let numbers = packs.iter().filter_map(|(key, _)| PackId::from_key(key));
            numbers.for_each(|pack| open.packs.avoid(pack));
            Ok((changes, open))
        });
        match prepared {
            Ok((changes, open)) => {
                let step = Step::Rewriting {
                    open: Box::new(open),
                };
                self.life = Life::Unlocking(Unlocking { request, step });
                cx.write(&mut self.waiting, changes, Wait::Rewritten { request });
            }
            Err(code) => {
                if code == Code::KeyRotated {
                    // The slots on this disk are older than what they opened:
                    // the next attempt fetches them.
                    self.device.slots = None;
                }
                cx.answer(request, code);
            }
        }
    }

    /// The catalogue is on the disk: the vault is open.
    pub(crate) fn rewritten<R: CryptoRng>(
        &mut self,
        request: RequestId,
        result: Result<(), Code>,
        cx: &mut Context<'_, R>,
    ) {
        if let Some(Step::Rewriting { open }) = self.take_unlocking(request) {
            match result {
                Ok(()) => self.opened(request, *open, cx),
                Err(code) => cx.answer(request, code),
            }
        }
    }
}

/// Refuses to make a catalogue without what a newer vault key has sealed.
fn refuse_newer_key(vault: &UnlockedVault, packs: &Rows) -> Result<(), Code> {
    let mut ops = packs.iter().filter_map(|(key, bytes)| {
        let pack = PackId::from_key(key)?;
        let places = packs::places(pack, bytes).into_iter();
        Some(places.filter_map(|at| Op::parse(at.slice(bytes)?).ok()))
    });
    let is_newer = |op: Op| op.header.epoch > vault.epoch();
    if ops.any(|mut ops| ops.any(is_newer)) {
        return Err(Code::KeyRotated);
    }
    Ok(())
}

/// Of each record, the revision with the latest stamp that opens: the same
/// that stood before, since a later stamp always wins.
fn catalogue_of(vault: &UnlockedVault, packs: &Rows) -> Catalogue {
    let mut found: Map<RecordId, Vec<(Op, Location)>> = Map::new();
    for (key, bytes) in packs {
        let Some(pack) = PackId::from_key(key) else {
            continue;
        };
        for at in packs::places(pack, bytes) {
            if let Some(op) = at.slice(bytes).and_then(|bytes| Op::parse(bytes).ok()) {
                found.entry(op.header.record_id).or_default().push((op, at));
            }
        }
    }
    let mut entries: Vec<Entry> = found
        .into_values()
        .filter_map(|revisions| latest(vault, revisions))
        .collect();
    sort_by_key(&mut entries, |entry| (entry.at.pack, entry.at.offset));
    let mut catalogue = Catalogue::default();
    for (number, mut entry) in (1..).zip(entries) {
        if !entry.deleted {
            entry.doc = DocNumber(number);
        }
        catalogue.put(entry);
    }
    catalogue
}

fn latest(vault: &UnlockedVault, mut revisions: Vec<(Op, Location)>) -> Option<Entry> {
    let age = |op: &Op| (op.header.stamp, op.header.device_id, op.header.epoch);
    sort_by_key(&mut revisions, |(op, _)| age(op));
    let mut newest_first = revisions.into_iter().rev();
    newest_first.find_map(|(op, at)| match vault.open_op(&op).ok()? {
        OpBody::Record(body) => Some(Entry::of(&op.header, &body, at, DocNumber(0))),
        OpBody::Tombstone => Some(Entry::tombstone(&op.header, at, None)),
    })
}
