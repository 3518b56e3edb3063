//! What the simulator knows better than anybody in it: every mark that was
//! ever typed, who was told that it is safe, and what every operation says.
//!
//! Each edit leaves a mark of its own in the text, `t17`. A mark may go only
//! by an edit or a deletion that knew it.

use std::collections::{BTreeMap, BTreeSet};
use vault_core::{OpBody, UnlockedVault};
use vault_types::{Op, OpHeader, OpId, RecordId};

/// A mark that one edit leaves in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark(pub(crate) u32);

impl core::fmt::Display for Mark {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "t{}", self.0)
    }
}

/// The marks of a text.
pub(crate) fn marks_in(text: &str) -> BTreeSet<Mark> {
    let number = |word: &str| word.strip_prefix('t')?.parse().ok();
    text.split_whitespace()
        .filter_map(number)
        .map(Mark)
        .collect()
}

/// A device's storage, from one eviction to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) device: usize,
    pub(crate) era: u32,
}

/// What took a mark away on the device where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Killer {
    /// An edit, by the mark that it left.
    Edit(Mark),
    /// The end of the record, asked for.
    Deletion(RecordId),
    /// The end of a record, acknowledged.
    Deleted,
}

/// What is known of a mark.
#[derive(Default)]
struct Fate {
    /// Who wrote it.
    authors: Vec<Home>,
    /// Who was told "saved on this device".
    acknowledged: Vec<Home>,
    killers: Vec<Killer>,
}

/// An operation, read.
pub(crate) struct Reading {
    pub(crate) header: OpHeader,
    /// Title and text; `None` of a tombstone.
    pub(crate) says: Option<(String, String)>,
    marks: BTreeSet<Mark>,
}

/// The operations of a history, in order.
#[derive(Default)]
pub(crate) struct Readings {
    pub(crate) ops: Vec<Reading>,
    by_id: BTreeMap<OpId, usize>,
}

impl Readings {
    pub(crate) fn of(&self, id: OpId) -> Option<&Reading> {
        self.ops.get(*self.by_id.get(&id)?)
    }

    /// Marks that an operation which knew them took away.
    fn superseded(&self) -> BTreeSet<Mark> {
        let mut gone = BTreeSet::new();
        for op in &self.ops {
            let base = op.header.base.and_then(|base| self.of(base));
            gone.extend(
                base.iter()
                    .flat_map(|base| base.marks.difference(&op.marks)),
            );
        }
        gone
    }

    /// Whether somebody deleted a record.
    pub(crate) fn ended(&self, record: RecordId) -> bool {
        let mut ops = self.ops.iter();
        ops.any(|op| op.header.record_id == record && op.header.deleted)
    }

    /// The operation that was made from one, if there is any.
    pub(crate) fn made_from(&self, base: OpId) -> Option<&Reading> {
        self.ops.iter().find(|op| op.header.base == Some(base))
    }
}

/// Everything that is known.
pub(crate) struct Oracle {
    vault: UnlockedVault,
    fates: Vec<Fate>,
    /// Operations that a device was told the server has.
    promised: BTreeMap<OpId, usize>,
    /// Every operation that ever reached the server, good or not.
    authored: BTreeMap<OpId, Vec<u8>>,
}

impl Oracle {
    pub(crate) const fn new(vault: UnlockedVault) -> Self {
        Self {
            vault,
            fates: Vec::new(),
            promised: BTreeMap::new(),
            authored: BTreeMap::new(),
        }
    }

    /// A mark that nobody has used.
    pub(crate) fn new_mark(&mut self) -> Mark {
        self.fates.push(Fate::default());
        Mark(self.fates.len() as u32 - 1)
    }

    /// A device writes a text that bears a mark.
    pub(crate) fn written(&mut self, mark: Mark, home: Home) {
        if let Some(fate) = self.fates.get_mut(mark.0 as usize) {
            fate.authors.push(home);
        }
    }

    /// Whether nobody who wrote a mark has its storage any more.
    pub(crate) fn is_orphan(&self, mark: Mark, lives: impl Fn(Home) -> bool) -> bool {
        let fate = self.fates.get(mark.0 as usize);
        fate.is_some_and(|fate| !fate.authors.iter().any(|home| lives(*home)))
    }

    /// An edit takes marks away that its author has seen.
    pub(crate) fn killed_by(&mut self, gone: impl IntoIterator<Item = Mark>, edit: Mark) {
        self.kill(gone, Killer::Edit(edit));
    }

    /// So does the end of a record.
    pub(crate) fn killed_with(&mut self, gone: impl IntoIterator<Item = Mark>, record: RecordId) {
        self.kill(gone, Killer::Deletion(record));
    }

    /// A device said that it is deleted.
    pub(crate) fn deleted(&mut self, gone: impl IntoIterator<Item = Mark>) {
        self.kill(gone, Killer::Deleted);
    }

    fn kill(&mut self, gone: impl IntoIterator<Item = Mark>, killer: Killer) {
        for mark in gone {
            if let Some(fate) = self.fates.get_mut(mark.0 as usize) {
                fate.killers.push(killer);
            }
        }
    }

    /// A device said "saved on this device".
    pub(crate) fn acknowledged(&mut self, mark: Mark, home: Home) {
        if let Some(fate) = self.fates.get_mut(mark.0 as usize) {
            fate.acknowledged.push(home);
        }
    }

    /// A device heard "saved on the server".
    pub(crate) fn promised(&mut self, op: OpId, device: usize) {
        self.promised.entry(op).or_insert(device);
    }

    /// An operation reached the server.
    pub(crate) fn authored(&mut self, bytes: &[u8]) {
        if let Ok(op) = Op::parse(bytes) {
            let id = op.header.op_id;
            self.authored.entry(id).or_insert_with(|| bytes.to_vec());
        }
    }

    /// Reads every operation that ever reached the server.
    pub(crate) fn read_authored(&self) -> Readings {
        self.read(self.authored.values().map(Vec::as_slice))
    }

    /// Reads operations; those that do not open say nothing.
    pub(crate) fn read<'a>(&self, ops: impl Iterator<Item = &'a [u8]>) -> Readings {
        let mut readings = Readings::default();
        for op in ops.filter_map(|bytes| Op::parse(bytes).ok()) {
            let Ok(body) = self.vault.open_op(&op) else {
                continue;
            };
            let says = match body {
                OpBody::Record(body) => Some((body.title, body.text)),
                OpBody::Tombstone => None,
            };
            let marks = says.as_ref().map(|(title, text)| {
                let mut marks = marks_in(title);
                marks.extend(marks_in(text));
                marks
            });
            let place = readings.ops.len();
            readings.by_id.insert(op.header.op_id, place);
            readings.ops.push(Reading {
                header: op.header,
                says,
                marks: marks.unwrap_or_default(),
            });
        }
        readings
    }

    /// Operations that a device was told the server has, and that it does not
    /// have.
    pub(crate) fn broken_promises(&self, history: &Readings) -> Vec<(OpId, usize)> {
        let promised = self.promised.iter().map(|(op, device)| (*op, *device));
        promised
            .filter(|(op, _)| history.of(*op).is_none())
            .collect()
    }

    /// Marks that somebody was told are safe, that are shown nowhere, and that
    /// nobody who knew them took away.
    ///
    /// `bound` says whether what a storage acknowledged must still be there;
    /// what is in a history must be whoever wrote it. `ended` says whether a
    /// deletion of a record counts.
    pub(crate) fn lost(
        &self,
        (history, scope): (&Readings, Scope),
        shown: &BTreeSet<Mark>,
        bound: impl Fn(Home) -> bool,
        ended: impl Fn(RecordId) -> bool,
    ) -> Vec<Mark> {
        let superseded = history.superseded();
        let mut owed: BTreeSet<Mark> = BTreeSet::new();
        if scope == Scope::Everything {
            owed.extend(history.ops.iter().flat_map(|op| &op.marks));
        }
        for (number, fate) in self.fates.iter().enumerate() {
            if fate.acknowledged.iter().any(|home| bound(*home)) {
                owed.insert(Mark(number as u32));
            }
        }
        let there = |mark: &Mark| shown.contains(mark) || superseded.contains(mark);
        let fine = |mark: &Mark| self.is_fine(*mark, there, &ended);
        owed.into_iter().filter(|mark| !fine(mark)).collect()
    }

    /// Whether a mark is `there`, or the end of a chain of edits is that each
    /// knew the one before, or a deletion that counts.
    fn is_fine(
        &self,
        mark: Mark,
        there: impl Fn(&Mark) -> bool,
        ended: impl Fn(RecordId) -> bool,
    ) -> bool {
        let mut open = vec![mark];
        let mut seen = BTreeSet::new();
        while let Some(mark) = open.pop() {
            if there(&mark) {
                return true;
            }
            let fate = self
                .fates
                .get(mark.0 as usize)
                .filter(|_| seen.insert(mark));
            for killer in fate.iter().flat_map(|fate| &fate.killers) {
                match killer {
                    Killer::Edit(edit) => open.push(*edit),
                    Killer::Deleted => return true,
                    Killer::Deletion(record) if ended(*record) => return true,
                    Killer::Deletion(_) => {}
                }
            }
        }
        false
    }
}

/// What is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What is in the history, and what storages acknowledged.
    Everything,
    /// What storages acknowledged.
    Acknowledged,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_among_other_words() {
        let marks = marks_in("# Title t3 (conflict copy)\n\nt12 and text t7x tt5 t");
        assert_eq!(marks.into_iter().collect::<Vec<_>>(), [Mark(3), Mark(12)]);
    }
}
