//! Reading: lists, single records, searches.

use crate::catalogue::matches;
use crate::command::{ListPage, MarkedText, RecordView, Reply, RequestId, SearchHit, SearchPage};
use crate::context::{Context, Waiting};
use crate::effect::{Query, Rows, Store};
use crate::index::Readiness;
use crate::open_vault::{OpenVault, list_item};
use crate::packs::{Location, PackId};
use crate::wait::{Found, Wait};
use rand_core::CryptoRng;
use search_index::Snippet;
use sync_core::Outbox;
use vault_types::{Code, Kind, RecordId, Set, limits};

/// Letters of text around the best place of a hit.
const SNIPPET_CHARS: usize = 160;

/// What a search is asked for.
pub(crate) struct Wanted {
    pub(crate) query: String,
    pub(crate) limit: u32,
    pub(crate) kind: Option<Kind>,
}

/// Packs that hold these operations and are not in memory.
pub(crate) fn missing_packs(
    open: &OpenVault,
    places: impl IntoIterator<Item = Location>,
) -> Set<PackId> {
    places
        .into_iter()
        .map(|at| at.pack)
        .filter(|pack| !open.packs.holds(*pack))
        .collect()
}

/// The query that reads packs.
pub(crate) fn packs_query(packs: Set<PackId>) -> Vec<Query> {
    let keys = packs.into_iter().map(PackId::key).collect();
    vec![Query::Keys {
        store: Store::Packs,
        keys,
    }]
}

/// Keeps packs that were read.
pub(crate) fn remember_packs(open: &mut OpenVault, results: Vec<Rows>) {
    for (key, bytes) in results.into_iter().flatten() {
        if let Some(pack) = PackId::from_key(&key) {
            open.packs.remember(pack, bytes);
        }
    }
}

/// A stretch of the list.
pub(crate) fn list(
    open: &mut OpenVault,
    outbox: &Outbox<Location>,
    (kind, tag): (Option<Kind>, Option<String>),
    offset: u32,
    limit: u32,
) -> Reply {
    let filter = |entry: &crate::catalogue::Entry| matches(entry, kind, tag.as_deref());
    let (total, found) = open.catalogue.list(filter, offset as usize, limit as usize);
    let items = found
        .into_iter()
        .map(|entry| list_item(entry, outbox))
        .collect();
    Reply::List(ListPage {
        total: total as u32,
        offset,
        items,
    })
}

/// Answers with a record, once its pack is in memory.
pub(crate) fn open_record<R: CryptoRng>(
    open: &mut OpenVault,
    outbox: &Outbox<Location>,
    (request, id): (RequestId, RecordId),
    waiting: &mut Waiting,
    cx: &mut Context<'_, R>,
) {
    let Some(entry) = open.catalogue.living(&id) else {
        return cx.answer(request, Code::UnknownRecord);
    };
    let missing = missing_packs(open, [entry.at]);
    if missing.is_empty() {
        answer_record(open, outbox, (request, id), cx);
    } else {
        cx.read(
            waiting,
            packs_query(missing),
            Wait::RecordPacks { request, id },
        );
    }
}

/// Answers with a record whose pack was read.
pub(crate) fn answer_record<R: CryptoRng>(
    open: &mut OpenVault,
    outbox: &Outbox<Location>,
    (request, id): (RequestId, RecordId),
    cx: &mut Context<'_, R>,
) {
    let answer = open.open_record(&id).and_then(|body| {
        let entry = open.catalogue.living(&id).ok_or(Code::UnknownRecord)?;
        let mut item = list_item(entry, outbox);
        item.title = body.title;
        Ok(Reply::Record(Box::new(RecordView {
            item,
            text: body.text,
        })))
    });
    cx.answer(request, answer.map_err(Into::into));
}

/// Ranks, then answers once the hits' packs are in memory. Waits for the
/// index if that is still being read.
pub(crate) fn search<R: CryptoRng>(
    open: &mut OpenVault,
    outbox: &Outbox<Location>,
    (request, wanted): (RequestId, Wanted),
    waiting: &mut Waiting,
    cx: &mut Context<'_, R>,
) {
    if open.index.readiness == Readiness::Loading {
        open.searches.push((request, wanted));
        return;
    }
    let found = rank(open, outbox, &wanted);
    let places = found
        .hits
        .iter()
        .filter_map(|hit| Some(open.catalogue.living(&hit.item.id)?.at));
    let missing = missing_packs(open, places);
    if missing.is_empty() {
        answer_hits(open, (request, found), cx);
    } else {
        let wait = Wait::HitPacks {
            request,
            found: Box::new(found),
        };
        cx.read(waiting, packs_query(missing), wait);
    }
}

fn rank(open: &OpenVault, outbox: &Outbox<Location>, wanted: &Wanted) -> Found {
    let text = match wanted.query.char_indices().nth(limits::QUERY_CHARS_MAX) {
        Some((end, _)) => &wanted.query[..end],
        None => &wanted.query,
    };
    let query = search_index::Query::parse(text);
    let limit = (wanted.limit as usize).min(limits::SEARCH_HITS_MAX);
    let live = |doc: search_index::DocNumber| {
        open.catalogue
            .by_doc(doc.0)
            .is_some_and(|entry| matches(entry, wanted.kind, None))
    };
    let ranked = search_index::search(&open.index.segments(), &query, &live, limit);
    let hits = ranked
        .hits
        .iter()
        .filter_map(|hit| {
            let entry = open.catalogue.by_doc(hit.doc.0)?;
            let item = list_item(entry, outbox);
            let marked_title = marked(search_index::highlight(&item.title, &query));
            Some(SearchHit {
                item,
                score: hit.score,
                marked_title,
                snippet: MarkedText::default(),
            })
        })
        .collect();
    Found {
        query,
        total: ranked.total as u32,
        hits,
    }
}

/// Answers with hits whose packs are in memory. A hit whose text does not
/// open keeps its preview.
pub(crate) fn answer_hits<R: CryptoRng>(
    open: &mut OpenVault,
    (request, mut found): (RequestId, Found),
    cx: &mut Context<'_, R>,
) {
    found
        .hits
        .retain(|hit| open.catalogue.living(&hit.item.id).is_some());
    for hit in &mut found.hits {
        hit.snippet = match open.open_record(&hit.item.id) {
            Ok(body) => marked(search_index::snippet(
                &body.text,
                &found.query,
                SNIPPET_CHARS,
            )),
            Err(_) => MarkedText {
                text: hit.item.preview.clone(),
                highlights: Vec::new(),
            },
        };
    }
    cx.answer(
        request,
        Reply::Hits(SearchPage {
            total: found.total,
            hits: found.hits,
        }),
    );
}

fn marked(snippet: Snippet) -> MarkedText {
    MarkedText {
        text: snippet.text,
        highlights: snippet.highlights,
    }
}
