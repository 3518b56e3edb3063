//! Which revision a record stands on, and what takes its place.

use crate::catalogue::Entry;
use vault_types::{DeviceId, OpHeader, OpId, Stamp};

/// What the record stands on, while a page is being read.
#[derive(Clone)]
pub(crate) struct Standing {
    pub(crate) op_id: OpId,
    pub(crate) stamp: Stamp,
    pub(crate) author: DeviceId,
    pub(crate) deleted: bool,
    /// Operations that say the same.
    pub(crate) twins: Vec<OpId>,
    /// Who wrote what it says.
    pub(crate) writer: DeviceId,
}

impl Standing {
    pub(crate) fn of(header: &OpHeader) -> Self {
        Self {
            op_id: header.op_id,
            stamp: header.stamp,
            author: header.device_id,
            deleted: header.deleted,
            twins: Vec::new(),
            writer: header.device_id,
        }
    }

    pub(crate) fn of_entry(entry: &Entry) -> Self {
        Self {
            op_id: entry.op_id,
            stamp: entry.stamp,
            author: entry.author,
            deleted: entry.deleted,
            twins: entry.twins.clone(),
            writer: entry.writer,
        }
    }

    /// Whether a revision takes this one's place.
    pub(crate) fn yields_to(&self, header: &OpHeader) -> bool {
        let later = (header.stamp, header.device_id) > (self.stamp, self.author);
        header.base == Some(self.op_id) || later
    }

    pub(crate) fn is_or_says(&self, op_id: OpId) -> bool {
        self.op_id == op_id || self.twins.contains(&op_id)
    }

    /// Whether an operation is this revision, sealed anew: it names it as its
    /// base and keeps its stamp, which an edit never does.
    pub(crate) fn is_resealed_by(&self, header: &OpHeader) -> bool {
        header.stamp == self.stamp
            && header.deleted == self.deleted
            && header.base.is_some_and(|base| self.is_or_says(base))
    }

    /// This revision, standing on another seal of itself.
    pub(crate) fn resealed(mut self, header: &OpHeader) -> Self {
        self.twins.push(self.op_id);
        self.op_id = header.op_id;
        self.author = header.device_id;
        self
    }
}
