//! Drafts: typing that was not saved when the vault was locked, sealed on
//! this device until the person has it back.
//!
//! ```text
//! key in `meta`   "draft-" · the draft's id, 32 hexadecimal digits
//! sealed content  has record u8 · record id 16 · kind u8 · saved u64 ms
//!                 · has base u8 · operation id 16 · title (length, UTF-8)
//!                 · text · number of tags · each tag
//! ```
//! A record has one draft at the most; the later takes the earlier's place.
//! A draft goes when it is discarded, or with a save of its record that the
//! application asked for knowing of the draft. Nothing else takes it away.

use crate::command::{DraftInput, DraftView, Reply, RequestId};
use crate::context::Context;
use crate::effect::{Change, Store};
use crate::engine::{Engine, Life};
use crate::job::Outcome;
use crate::open_vault::OpenVault;
use crate::stage::{Stage, Staged};
use rand_core::CryptoRng;
use vault_types::order::sort_by;
use vault_types::{
    Code, DecodeError, Kind, Map, ObjectType, OpId, Reader, RecordId, Set, Writer, limits,
};
use zeroize::Zeroizing;

const FORMAT: u8 = 1;
const KEY_PREFIX: &str = "draft-";

/// Which draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DraftId([u8; 16]);

impl DraftId {
    /// The key in `meta`.
    fn key(self) -> String {
        format!("{KEY_PREFIX}{:032x}", u128::from_be_bytes(self.0))
    }

    /// The draft of a key in `meta`; `None` if it is no draft's.
    pub(crate) fn from_key(key: &str) -> Option<Self> {
        Self::from_text(key.strip_prefix(KEY_PREFIX)?)
    }

    /// The draft with that id as text.
    fn from_text(text: &str) -> Option<Self> {
        let number = u128::from_str_radix(text, 16).ok()?;
        let id = Self(number.to_be_bytes());
        (id.text() == text).then_some(id)
    }

    fn text(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

/// The drafts of this device, sealed.
pub(crate) type SealedDrafts = Map<DraftId, Vec<u8>>;

/// What an open vault knows of the drafts.
#[derive(Default)]
pub(crate) struct Drafts {
    records: Map<DraftId, Option<RecordId>>,
    /// Those that the application has seen or made since the vault was opened.
    known: Set<DraftId>,
}

/// A change to the drafts, as part of a transaction.
pub(crate) enum DraftChange {
    Put {
        id: DraftId,
        record: Option<RecordId>,
        sealed: Vec<u8>,
    },
    Delete {
        id: DraftId,
    },
}

impl DraftChange {
    /// The change of the transaction.
    pub(crate) fn change(&self) -> Change {
        let store = Store::Meta;
        match self {
            Self::Put { id, sealed, .. } => Change::Put {
                store,
                key: id.key(),
                value: sealed.clone(),
            },
            Self::Delete { id } => Change::Delete {
                store,
                key: id.key(),
            },
        }
    }

    /// Makes it true in memory.
    pub(crate) fn commit(self, drafts: &mut Drafts, kept: &mut SealedDrafts) {
        match self {
            Self::Put { id, record, sealed } => {
                drafts.records.insert(id, record);
                drafts.known.insert(id);
                kept.insert(id, sealed);
            }
            Self::Delete { id } => {
                drafts.records.remove(&id);
                drafts.known.remove(&id);
                kept.remove(&id);
            }
        }
    }
}

impl Drafts {
    /// Opens every draft once, to know whose it is.
    pub(crate) fn load(open: &OpenVault, kept: &SealedDrafts) -> Self {
        let of = |id: &DraftId, sealed: &Vec<u8>| {
            let draft = open_draft(open, *id, sealed).ok()?;
            Some((*id, draft.record))
        };
        let records = kept.iter().filter_map(|(id, sealed)| of(id, sealed));
        Self {
            records: records.collect(),
            known: Set::new(),
        }
    }

    /// The drafts that go with a save of these records.
    pub(crate) fn settled_by(&self, ids: &[RecordId]) -> Vec<DraftChange> {
        let of_those = |id: &DraftId| {
            let record = self.records.get(id).copied().flatten();
            record.is_some_and(|record| ids.contains(&record))
        };
        let known = self.known.iter().copied();
        known
            .filter(of_those)
            .map(|id| DraftChange::Delete { id })
            .collect()
    }

    fn of_record(&self, record: RecordId) -> Option<DraftId> {
        let mut records = self.records.iter();
        records
            .find(|(_, of)| **of == Some(record))
            .map(|(id, _)| *id)
    }
}

/// A draft, opened.
pub(crate) struct Draft {
    record: Option<RecordId>,
    kind: Kind,
    saved_ms: u64,
    base: Option<OpId>,
    title: String,
    text: String,
    tags: Vec<String>,
}

impl Draft {
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::with_capacity(self.text.len() + 256);
        writer
            .u8(u8::from(self.record.is_some()))
            .raw(self.record.unwrap_or(RecordId::NIL).as_bytes())
            .u8(self.kind.number())
            .u64(self.saved_ms)
            .u8(u8::from(self.base.is_some()))
            .raw(self.base.unwrap_or(OpId::NIL).as_bytes())
            .text(&self.title)
            .text(&self.text)
            .len(self.tags.len() as u32);
        for tag in &self.tags {
            writer.text(tag);
        }
        Zeroizing::new(writer.finish())
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let has_record = reader.u8()? == 1;
        let record = RecordId::from_bytes(reader.array()?);
        let kind = Kind::from_number(reader.u8()?).ok_or(DecodeError::UnknownValue)?;
        let saved_ms = reader.u64()?;
        let has_base = reader.u8()? == 1;
        let base = OpId::from_bytes(reader.array()?);
        let title = reader.text(limits::NOTE_TITLE_BYTES_MAX)?.to_owned();
        let text = reader.text(limits::NOTE_TEXT_BYTES_MAX)?.to_owned();
        let count = reader.len()? as usize;
        if count > limits::TAGS_MAX {
            return Err(DecodeError::TooLong);
        }
        let mut tags = Vec::with_capacity(count);
        for _ in 0..count {
            tags.push(reader.text(limits::TAG_BYTES_MAX)?.to_owned());
        }
        reader.finish()?;
        Ok(Self {
            record: has_record.then_some(record),
            kind,
            saved_ms,
            base: has_base.then_some(base),
            title,
            text,
            tags,
        })
    }

    fn view(self, id: DraftId) -> DraftView {
        DraftView {
            id: id.text(),
            record: self.record,
            kind: self.kind,
            title: self.title,
            text: self.text,
            tags: self.tags,
            base: self.base,
            saved_ms: self.saved_ms as f64,
        }
    }
}

fn open_draft(open: &OpenVault, id: DraftId, sealed: &[u8]) -> Result<Draft, Code> {
    let opened = open
        .vault
        .open_object(ObjectType::Draft, &id.0, FORMAT, sealed);
    let bytes = opened.map_err(|error| error.code())?;
    Draft::decode(&bytes).map_err(|_| Code::Corrupt)
}

/// What is asked for, if it keeps to the limits.
fn checked(input: &DraftInput) -> Result<(), Code> {
    let fits = input.title.len() <= limits::NOTE_TITLE_BYTES_MAX
        && input.text.len() <= limits::NOTE_TEXT_BYTES_MAX
        && input.tags.len() <= limits::TAGS_MAX
        && input
            .tags
            .iter()
            .all(|tag| tag.len() <= limits::TAG_BYTES_MAX);
    if fits {
        Ok(())
    } else {
        Err(Code::LimitExceeded)
    }
}

/// Stages a draft.
pub(crate) fn keep<R: CryptoRng>(
    (open, kept): (&OpenVault, &SealedDrafts),
    (request, input): (RequestId, DraftInput),
    cx: &mut Context<'_, R>,
) -> Result<Staged, Code> {
    checked(&input)?;
    let named = match &input.id {
        Some(text) => {
            let id = DraftId::from_text(text).filter(|id| kept.contains_key(id));
            Some(id.ok_or(Code::UnknownDraft)?)
        }
        None => None,
    };
    let of_record = input
        .record
        .and_then(|record| open.drafts.of_record(record));
    let id = match named.or(of_record) {
        Some(id) => id,
        None => DraftId(cx.random()),
    };
    let draft = Draft {
        record: input.record,
        kind: input.kind,
        saved_ms: cx.now_ms,
        base: input.base,
        title: input.title,
        text: input.text,
        tags: input.tags,
    };
    let sealed = open
        .vault
        .seal_object(ObjectType::Draft, &id.0, FORMAT, &draft.encode(), cx.rng)
        .map_err(|error| error.code())?;
    let others = kept.iter().filter(|(other, _)| **other != id);
    let (count, bytes) = others.fold((0, 0), |(count, bytes), (_, sealed)| {
        (count + 1, bytes + sealed.len())
    });
    if count >= limits::DRAFTS_MAX || bytes + sealed.len() > limits::DRAFTS_BYTES_MAX {
        return Err(Code::TooManyDrafts);
    }
    let record = draft.record;
    Ok(Staged {
        stage: Stage {
            drafts: vec![DraftChange::Put { id, record, sealed }],
            ..Stage::default()
        },
        outcome: Outcome::DraftKept {
            request,
            id: id.text(),
        },
    })
}

/// Stages the end of a draft. One that is not there is gone already.
pub(crate) fn discard(request: RequestId, id: &str) -> Result<Staged, Code> {
    let id = DraftId::from_text(id).ok_or(Code::UnknownDraft)?;
    Ok(Staged {
        stage: Stage {
            drafts: vec![DraftChange::Delete { id }],
            ..Stage::default()
        },
        outcome: Outcome::DraftDiscarded { request },
    })
}

impl Engine {
    /// Every draft, latest first. One that does not open is left out, and
    /// stays where it is.
    pub(crate) fn list_drafts<R: CryptoRng>(
        &mut self,
        request: RequestId,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return cx.answer(request, Code::Locked);
        };
        let mut drafts = Vec::new();
        for (id, sealed) in self.device.drafts.iter() {
            if let Ok(draft) = open_draft(open, *id, sealed) {
                open.drafts.known.insert(*id);
                drafts.push(draft.view(*id));
            }
        }
        sort_by(&mut drafts, |a, b| a.saved_ms > b.saved_ms);
        cx.answer(request, Reply::Drafts { drafts });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_draft_leads_back_and_a_cut_one_is_refused() {
        for record in [None, Some(RecordId::from_bytes([3; 16]))] {
            let draft = Draft {
                record,
                kind: Kind::Journal,
                saved_ms: 5,
                base: record.map(|_| OpId::from_bytes([4; 16])),
                title: String::from("Title"),
                text: String::from("text ä"),
                tags: vec![String::from("one"), String::new()],
            };
            let bytes = draft.encode();
            let read = Draft::decode(&bytes).unwrap();
            assert_eq!(read.encode(), bytes);
            assert_eq!((read.record, read.tags), (record, draft.tags));
            for cut in 0..bytes.len() {
                assert!(Draft::decode(&bytes[..cut]).is_err());
            }
        }
    }

    #[test]
    fn only_a_drafts_own_key_is_one() {
        let id = DraftId([0xab; 16]);
        assert_eq!(DraftId::from_key(&id.key()), Some(id));
        for key in ["draft-", "draft-ab", "lock", "draft-+b"] {
            assert_eq!(DraftId::from_key(key), None, "{key}");
        }
        let upper = id.text().to_uppercase();
        assert_eq!(DraftId::from_text(&upper), None);
    }
}
