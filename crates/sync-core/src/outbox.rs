//! What this device has written and the server has not acknowledged.
//!
//! ```text
//!            push                next_batch               settle, confirm
//!  (nothing) ────▶ Waiting ────────────────▶ InFlight ──────────────▶ (gone)
//!                  │  ▲ ▲                    │  │  │
//!                  │  │ └─ fail(NotSent) ────┘  │  └─ settle: refused ─▶ Refused
//!     fold, undone ▼  └─ retry ◀─ Refused       └─ fail(Unknown) ─▶ Unsure ─▶ InFlight
//!              (gone)
//! ```
//!
//! Contract: store an operation before [`Outbox::push`]; remove it from storage
//! only after it was handed back by [`Outbox::settle`], [`Outbox::confirm`],
//! [`Outbox::withdraw`] or as folded. At most one batch is under way. After a restart push everything
//! stored, in order, with [`Outbox::restore`].

use crate::message::UploadResponse;
use vault_types::{Code, Map, OpId, RecordId, limits};

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Never sent.
    Waiting,
    /// Part of the batch under way.
    InFlight,
    /// Sent, but no answer came: the server may hold it. It is sent again and
    /// is never replaced by a newer one.
    Unsure,
    /// The server did not take it. It stays until the person or the engine
    /// decides, and holds up no other record.
    Refused(Code),
}

/// An operation on its way. `P` is the engine's own note, for example where
/// the bytes are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending<P> {
    /// The operation.
    pub op_id: OpId,
    /// The record that it revises.
    pub record_id: RecordId,
    /// The revision that it was made from.
    pub base: Option<OpId>,
    /// Length of the encoded operation in bytes.
    pub len: usize,
    /// The engine's own note.
    pub payload: P,
}

/// How much goes into one upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Operations.
    pub ops_max: usize,
    /// Encoded operations, in bytes. A single longer one goes alone.
    pub bytes_max: usize,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self {
            ops_max: limits::BATCH_OPS_MAX,
            bytes_max: limits::BATCH_BYTES_MAX,
        }
    }
}

/// Whether a batch that got no answer may have reached the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delivery {
    /// It certainly did not, or the server said that it took nothing.
    NotSent,
    /// It may have.
    Unknown,
}

/// What an answer settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled<P> {
    /// On the server now; their storage may be freed.
    pub acknowledged: Vec<Pending<P>>,
    /// Not taken by the server, and why. They stay in the outbox.
    pub refused: Vec<(OpId, Code)>,
}

/// The order in which operations entered; a replaced one leaves its place to
/// its successor.
type Place = u64;

struct Entry<P> {
    pending: Pending<P>,
    standing: Standing,
    /// Whether any earlier attempt may have reached the server.
    earlier: Delivery,
}

/// The queue of operations that the server has not acknowledged.
pub struct Outbox<P> {
    entries: Map<Place, Entry<P>>,
    by_op: Map<OpId, Place>,
    by_record: Map<RecordId, Vec<Place>>,
    in_flight: Vec<Place>,
    next_place: Place,
}

impl<P> Default for Outbox<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> Outbox<P> {
    /// An empty outbox.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: Map::new(),
            by_op: Map::new(),
            by_record: Map::new(),
            in_flight: Vec::new(),
            next_place: 0,
        }
    }

    /// How many operations are not acknowledged.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether everything is acknowledged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a batch is under way.
    #[must_use]
    pub const fn is_sending(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// How many operations the server refused.
    #[must_use]
    pub fn refused_len(&self) -> usize {
        self.iter()
            .filter(|(_, standing)| matches!(standing, Standing::Refused(_)))
            .count()
    }

    /// Every operation and where it stands, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Pending<P>, Standing)> {
        self.entries
            .values()
            .map(|entry| (&entry.pending, entry.standing))
    }

    /// Where an operation stands; `None` if it is not in the outbox.
    #[must_use]
    pub fn standing(&self, op_id: OpId) -> Option<Standing> {
        let place = self.by_op.get(&op_id)?;
        self.entries.get(place).map(|entry| entry.standing)
    }

    /// The newest operation of a record that is not acknowledged: the base of
    /// the next one, unless that replaces it.
    #[must_use]
    pub fn newest(&self, record_id: RecordId) -> Option<&Pending<P>> {
        let place = self.by_record.get(&record_id)?.last()?;
        self.entries.get(place).map(|entry| &entry.pending)
    }

    /// The operation that a new one of the same record may replace, since the
    /// server cannot hold it. Seal the new one with the `base` of the old one;
    /// [`Self::push`] then folds them.
    #[must_use]
    pub fn foldable(&self, record_id: RecordId) -> Option<&Pending<P>> {
        let place = self.by_record.get(&record_id)?.last()?;
        let entry = self.entries.get(place)?;
        entry.never_arrived().then_some(&entry.pending)
    }

    /// The operations that a new one of the same record may replace together,
    /// oldest first: [`Self::foldable`], and before it those that it was made
    /// from, as far as the server cannot hold them either. Seal the new one
    /// with the `base` of the oldest, and [`Self::confirm`] all of them.
    #[must_use]
    pub fn foldable_run(&self, record_id: RecordId) -> Vec<&Pending<P>> {
        let places = self.by_record.get(&record_id).into_iter().flatten();
        let mut run: Vec<&Pending<P>> = Vec::new();
        for entry in places.rev().filter_map(|place| self.entries.get(place)) {
            let follows = |next: &&Pending<P>| next.base == Some(entry.pending.op_id);
            if !entry.never_arrived() || !run.last().is_none_or(follows) {
                break;
            }
            run.push(&entry.pending);
        }
        run.reverse();
        run
    }

    /// Takes an operation that is stored. Returns the one that it replaced,
    /// whose storage may be freed: the newest of the same record, if it never
    /// reached the server and has the same base. An operation that is in the
    /// outbox already is not taken twice.
    pub fn push(&mut self, pending: Pending<P>) -> Option<Pending<P>> {
        if self.by_op.contains_key(&pending.op_id) {
            return None;
        }
        let replaced = self
            .foldable(pending.record_id)
            .filter(|old| old.base == pending.base)
            .and_then(|old| self.by_op.get(&old.op_id).copied())
            .and_then(|place| Some((place, self.remove(place)?)));
        let (place, old) = match replaced {
            Some((place, old)) => (place, Some(old)),
            None => (self.fresh_place(), None),
        };
        self.insert(place, pending, Standing::Waiting, Delivery::NotSent);
        old
    }

    /// Takes an operation found in storage at start. Whether it was sent
    /// before is not known, so it is never folded away.
    pub fn restore(&mut self, pending: Pending<P>) {
        if !self.by_op.contains_key(&pending.op_id) {
            let place = self.fresh_place();
            self.insert(place, pending, Standing::Unsure, Delivery::Unknown);
        }
    }

    /// Begins a batch: the oldest operations that fit, in the order in which
    /// they are to be sent. `None` if there is nothing to send or a batch is
    /// under way. Behind a refused operation its record waits, since what
    /// follows was made from it.
    pub fn next_batch(&mut self, limits: BatchLimits) -> Option<Vec<&Pending<P>>> {
        if self.is_sending() {
            return None;
        }
        let mut held_up = Vec::new();
        let mut bytes = 0;
        for (&place, entry) in self.entries.iter_mut() {
            if let Standing::Refused(_) = entry.standing {
                held_up.push(entry.pending.record_id);
            }
            if held_up.contains(&entry.pending.record_id) {
                continue;
            }
            let ops = self.in_flight.len();
            let full = ops >= limits.ops_max || bytes + entry.pending.len > limits.bytes_max;
            if ops > 0 && full {
                break;
            }
            entry.standing = Standing::InFlight;
            self.in_flight.push(place);
            bytes += entry.pending.len;
        }
        self.is_sending().then(|| self.in_flight())
    }

    /// The batch under way, in the order of the request's `changes`.
    #[must_use]
    pub fn in_flight(&self) -> Vec<&Pending<P>> {
        self.in_flight
            .iter()
            .filter_map(|place| self.entries.get(place))
            .map(|entry| &entry.pending)
            .collect()
    }

    /// Applies the server's answer to the batch under way. What the answer
    /// does not mention is sent again.
    pub fn settle(&mut self, response: &UploadResponse) -> Settled<P> {
        let batch = core::mem::take(&mut self.in_flight);
        for place in &batch {
            self.rest(*place, Delivery::Unknown);
        }
        let mut refused = Vec::new();
        for refusal in &response.refused {
            let place = usize::try_from(refusal.index)
                .ok()
                .and_then(|index| batch.get(index));
            if let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) {
                entry.standing = Standing::Refused(refusal.code);
                entry.earlier = Delivery::NotSent;
                refused.push((entry.pending.op_id, refusal.code));
            }
        }
        let applied = response.applied.iter().map(|applied| applied.op_id);
        Settled {
            acknowledged: self.confirm(applied),
            refused,
        }
    }

    /// Removes operations that are known to be in the server's history, from
    /// an answer or from a download, and hands them back.
    pub fn confirm(&mut self, ops: impl IntoIterator<Item = OpId>) -> Vec<Pending<P>> {
        ops.into_iter()
            .filter_map(|op_id| self.by_op.get(&op_id).copied())
            .collect::<Vec<_>>()
            .into_iter()
            .filter_map(|place| self.remove(place))
            .collect()
    }

    /// Ends the batch under way without an answer.
    pub fn fail(&mut self, delivery: Delivery) {
        for place in core::mem::take(&mut self.in_flight) {
            self.rest(place, delivery);
        }
    }

    /// Lets refused operations be sent again, for example after the clock was
    /// set right or the program was updated.
    pub fn retry_refused(&mut self) {
        for entry in self.entries.values_mut() {
            if matches!(entry.standing, Standing::Refused(_)) {
                entry.standing = Standing::Waiting;
            }
        }
    }

    /// Takes out an operation that never reached the server, by the person's
    /// decision. `None` if the server may hold it.
    pub fn withdraw(&mut self, op_id: OpId) -> Option<Pending<P>> {
        let place = self.by_op.get(&op_id).copied()?;
        let withdrawable = self.entries.get(&place)?.never_arrived();
        withdrawable.then(|| self.remove(place)).flatten()
    }

    fn fresh_place(&mut self) -> Place {
        self.next_place += 1;
        self.next_place
    }

    fn insert(&mut self, place: Place, pending: Pending<P>, standing: Standing, earlier: Delivery) {
        self.by_op.insert(pending.op_id, place);
        self.by_record
            .entry(pending.record_id)
            .or_default()
            .push(place);
        let entry = Entry {
            pending,
            standing,
            earlier,
        };
        self.entries.insert(place, entry);
    }

    fn remove(&mut self, place: Place) -> Option<Pending<P>> {
        let pending = self.entries.remove(&place)?.pending;
        self.by_op.remove(&pending.op_id);
        self.in_flight.retain(|other| *other != place);
        if let Some(places) = self.by_record.get_mut(&pending.record_id) {
            places.retain(|other| *other != place);
            if places.is_empty() {
                self.by_record.remove(&pending.record_id);
            }
        }
        Some(pending)
    }

    /// Back from a batch to the queue. An operation that may have arrived
    /// once stays so, whatever became of later attempts.
    fn rest(&mut self, place: Place, delivery: Delivery) {
        if let Some(entry) = self.entries.get_mut(&place) {
            entry.earlier = entry.earlier.max(delivery);
            entry.standing = match entry.earlier {
                Delivery::NotSent => Standing::Waiting,
                Delivery::Unknown => Standing::Unsure,
            };
        }
    }
}

impl<P> Entry<P> {
    const fn never_arrived(&self) -> bool {
        matches!(self.standing, Standing::Waiting | Standing::Refused(_))
    }
}
