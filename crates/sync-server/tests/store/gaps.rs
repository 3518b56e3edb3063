//! Readers that poll while many write miss nothing, however the commits fall.
//!
//! `LOCKSTEP_GAP_WRITES` says how many writes, see `cargo xtask gaps`.

use crate::cluster::Cluster;
use crate::contract::{NOW_MS, VAULT, create_vault, device, join_all};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use sync_core::History;
use sync_server::store::{Page, PageQuery, SqlStore, Store, Upload};
use tokio_postgres::{Client, NoTls};
use vault_types::{
    Cursor, Epoch, Op, OpHeader, OpId, OpaqueBytes, PolicyVersion, RecordId, SealedBytes, Seen,
    Stamp, limits,
};

/// Servers that share the database.
const SERVERS: usize = 4;
const WRITERS: u64 = 32;
const READERS: usize = 3;
const WRITES: u64 = 20_000;

/// Every commit of a history waits for up to so long, at its very end: in a
/// trigger that the database runs when the transaction commits.
const DELAY: &str = "CREATE FUNCTION delay() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(random() * 0.003); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER delay AFTER UPDATE ON vault
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION delay()";

fn writes() -> u64 {
    let given = std::env::var("LOCKSTEP_GAP_WRITES").ok();
    given.map_or(WRITES, |text| text.parse().expect("a number"))
}

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn op(number: u64) -> Op {
    let mut random = [1; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    let mut record = [2; 16];
    record[8..].copy_from_slice(&(number % 500).to_be_bytes());
    Op {
        header: OpHeader {
            op_id: OpId::from_parts(NOW_MS, random),
            record_id: RecordId::from_random(record),
            device_id: device(1),
            base: None,
            deleted: false,
            standard_kind: None,
            policy: PolicyVersion(1),
            epoch: Epoch(1),
            stamp: Stamp {
                wall_ms: NOW_MS,
                counter: 0,
            },
            seen: Seen::default(),
        },
        body: SealedBytes::new(vec![7; 50]),
    }
}

/// What stands where in a history.
type Places = BTreeMap<Cursor, OpId>;

/// Writes until the numbers run out; where the server said that it put what.
async fn write(store: Arc<SqlStore>, next: Arc<AtomicU64>, end: u64) -> Places {
    let mut acknowledged = Places::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            return acknowledged;
        }
        let op = op(number);
        let upload = Upload {
            account_id: store.owner(),
            vault_id: VAULT,
            device_id: device(1),
            now_ms: NOW_MS,
            changes: vec![OpaqueBytes::new(op.encode())],
        };
        let response = store.upload(upload).await.unwrap().unwrap();
        let applied = response.applied[0];
        assert_eq!(applied.op_id, op.header.op_id);
        acknowledged.insert(applied.cursor, applied.op_id);
    }
}

/// Polls behind the last place that it has seen, as a device does, until the
/// writers are done and nothing is left; what it has seen.
async fn read(store: Arc<SqlStore>, done: Arc<AtomicBool>) -> Places {
    let mut seen = Places::new();
    let mut history = History::start(store.server_epoch());
    loop {
        let was_done = done.load(Ordering::Acquire);
        let query = PageQuery {
            account_id: store.owner(),
            vault_id: VAULT,
            since: history.head().cursor,
            ops_max: 200,
            bytes_max: limits::BATCH_BYTES_MAX,
        };
        let Page::Found(page) = store.page(query).await.unwrap() else {
            panic!("the vault is there");
        };
        let is_end = page.changes.is_empty();
        for accepted in &page.changes {
            let op = Op::parse(accepted.op.as_slice()).unwrap();
            seen.insert(accepted.cursor, op.header.op_id);
        }
        // Refuses a page that is not dense or does not continue the chain.
        history = history.extend(page).unwrap().0;
        if is_end && was_done {
            return seen;
        }
        if is_end {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
}

/// What was written and not seen.
fn missed(written: &Places, seen: &Places) -> usize {
    let unseen = |(cursor, op_id): &(&Cursor, &OpId)| seen.get(cursor) != Some(op_id);
    written.iter().filter(unseen).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_readers_miss_no_write_whatever_the_order_of_commits() {
    let end = writes();
    let url = Cluster::shared().database();
    let opened = (0..SERVERS).map(|_| SqlStore::open_postgres(&url, NOW_MS));
    let stores: Vec<Arc<SqlStore>> = join_all(opened.collect())
        .await
        .into_iter()
        .map(|store| Arc::new(store.unwrap()))
        .collect();
    create_vault(&*stores[0]).await;
    client(&url).await.batch_execute(DELAY).await.unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..READERS)
        .map(|at| tokio::spawn(read(stores[at % SERVERS].clone(), done.clone())))
        .collect();
    let next = Arc::new(AtomicU64::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .zip(stores.iter().cycle())
        .map(|(_, store)| tokio::spawn(write(store.clone(), next.clone(), end)))
        .collect();
    let mut written = Places::new();
    for writer in join_all(writers).await {
        written.extend(writer.unwrap());
    }
    done.store(true, Ordering::Release);
    assert_eq!(written.len() as u64, end, "each has a place of its own");
    assert_eq!(written.keys().next_back(), Some(&Cursor(end)), "dense");
    for reader in join_all(readers).await {
        let seen = reader.unwrap();
        assert_eq!((missed(&written, &seen), seen.len()), (0, written.len()));
    }
    println!("counted: {end} writes by {WRITERS} writers in {SERVERS} servers, none missed");
}

/// Why the cursor is taken under the vault's lock and not from a sequence: the
/// same readers would miss what commits late.
#[tokio::test(flavor = "multi_thread")]
async fn readers_of_a_sequence_miss_what_commits_late() {
    let url = Cluster::shared().database();
    let (early, late, reader) = (client(&url).await, client(&url).await, client(&url).await);
    let table = "CREATE TABLE entry (place BIGSERIAL PRIMARY KEY)";
    reader.batch_execute(table).await.unwrap();
    let insert = "BEGIN; INSERT INTO entry DEFAULT VALUES";
    late.batch_execute(insert).await.unwrap();
    early.batch_execute(insert).await.unwrap();
    early.batch_execute("COMMIT").await.unwrap();
    let behind = async |last: i64| -> Vec<i64> {
        let query = "SELECT place FROM entry WHERE place > $1 ORDER BY place";
        let rows = reader.query(query, &[&last]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    let first = behind(0).await;
    late.batch_execute("COMMIT").await.unwrap();
    let then = behind(first[0]).await;
    assert_eq!((first, then), (vec![2], vec![]), "1 is never seen");
}
