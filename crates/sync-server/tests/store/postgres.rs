//! What is PostgreSQL's own: whose database it opens, and that both databases
//! have the same tables.

use crate::cluster::Cluster;
use crate::contract::{NOW_MS, create_vault, join_all, op, upload};
use std::collections::BTreeSet;
use std::time::Duration;
use sync_core::message::{LockedBy, VaultLock};
use sync_server::store::{LogoutEverywhere, News, PostgresError, SqlStore, Store, Subscription};
use tokio_postgres::{Client, NoTls};
use vault_types::{LockReason, LockTier};

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn refused(url: &str) -> PostgresError {
    let opened = SqlStore::open_postgres(url, NOW_MS).await;
    opened.err().expect("it is not ours to open")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_opened_again_is_the_same_life() {
    let url = Cluster::shared().database();
    let store = SqlStore::open_postgres(&url, NOW_MS).await.unwrap();
    let life = (store.server_epoch(), store.owner());
    create_vault(&store).await;
    store.close().await;
    let again = SqlStore::open_postgres(&url, NOW_MS + 1).await.unwrap();
    assert_eq!((again.server_epoch(), again.owner()), life);
    assert!(again.vault(life.1).await.unwrap().is_some());
    assert_eq!(again.policies().await.unwrap().len(), 2, "migrated once");
    let other = crate::postgres().await;
    assert_ne!(other.server_epoch(), life.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_begin_at_once_begin_one_life() {
    let url = Cluster::shared().database();
    let opened = (0..6).map(|_| SqlStore::open_postgres(&url, NOW_MS));
    let stores: Vec<SqlStore> = join_all(opened.collect())
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let lives: BTreeSet<_> = stores
        .iter()
        .map(|store| (store.server_epoch().to_string(), store.owner()))
        .collect();
    assert_eq!(lives.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_database_stays_as_it_is() {
    let url = Cluster::shared().database();
    let client = client(&url).await;
    client
        .batch_execute("CREATE TABLE bookkeeping (n INTEGER)")
        .await
        .unwrap();
    assert!(matches!(refused(&url).await, PostgresError::NotOurs { .. }));
    let tables = client
        .query(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(tables.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_database_stays_as_it_is() {
    let url = Cluster::shared().database();
    let store = SqlStore::open_postgres(&url, NOW_MS).await.unwrap();
    store.close().await;
    let client = client(&url).await;
    client
        .batch_execute("UPDATE lockstep_format SET version = 99")
        .await
        .unwrap();
    let refused = refused(&url).await;
    assert!(matches!(refused, PostgresError::Newer { version: 99, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_says_why_and_shows_no_password() {
    let url = Cluster::shared().url("there_is_none");
    let none = refused(&url).await;
    assert!(matches!(none, PostgresError::NoEntry { .. }), "{none:?}");
    let wrong = Cluster::shared()
        .database()
        .replace("of-the-tests", "wrong");
    let wrong = refused(&wrong).await;
    assert!(matches!(wrong, PostgresError::NoEntry { .. }), "{wrong:?}");
    let nobody = refused("postgres://ada:secret@127.0.0.1:1/notes").await;
    assert!(matches!(nobody, PostgresError::Unreachable { .. }));
    for error in [none, wrong, nobody] {
        let text = format!("{error} {error:?}");
        assert!(text.contains("127.0.0.1") && !text.contains("secret") && !text.contains("tests"));
    }
    assert_eq!(refused("postgres://[").await, PostgresError::BadUrl);
}

/// Tables and their columns.
type Shape = BTreeSet<(String, String)>;

async fn shape_in_postgres() -> Shape {
    let url = Cluster::shared().database();
    let store = SqlStore::open_postgres(&url, NOW_MS).await.unwrap();
    store.close().await;
    let rows = client(&url)
        .await
        .query(
            "SELECT table_name::text, column_name::text FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name <> 'lockstep_format'",
            &[],
        )
        .await
        .unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

fn shape_in_sqlite() -> Shape {
    let (_store, folder) = crate::sqlite();
    let path = folder.path().join("store.sqlite3");
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT schema.name, columns.name FROM sqlite_schema AS schema
             JOIN pragma_table_info(schema.name) AS columns WHERE schema.type = 'table'",
        )
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_have_the_same_tables() {
    assert_eq!(shape_in_postgres().await, shape_in_sqlite());
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_share_a_database_order_uploads_without_a_gap() {
    let url = Cluster::shared().database();
    let opened = (0..4).map(|_| SqlStore::open_postgres(&url, NOW_MS));
    let stores: Vec<SqlStore> = join_all(opened.collect())
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    create_vault(&stores[0]).await;
    let mut uploads = Vec::new();
    for number in 0..25 {
        for (at, store) in (1_u8..).zip(&stores) {
            uploads.push(store.upload(upload(store, at, vec![op(at, number)])));
        }
    }
    let answers = join_all(uploads).await;
    let mut cursors: Vec<u64> = answers
        .into_iter()
        .map(|answer| answer.unwrap().unwrap().applied[0].cursor.0)
        .collect();
    cursors.sort_unstable();
    assert_eq!(cursors, (1..=100).collect::<Vec<_>>());
    let head = crate::contract::verified_head(&stores[1]).await;
    assert_eq!(head.cursor.0, 100);
}

/// Longer than an announcement takes, shorter than anybody waits.
const SOON: Duration = Duration::from_secs(20);

async fn next(listener: &mut Subscription) -> News {
    let heard = tokio::time::timeout(SOON, listener.changed()).await;
    heard.expect("an announcement")
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_share_a_database_tell_each_other() {
    let url = Cluster::shared().database();
    let one = SqlStore::open_postgres(&url, NOW_MS).await.unwrap();
    let other = SqlStore::open_postgres(&url, NOW_MS).await.unwrap();
    create_vault(&one).await;
    let mut listener = other.announcements().subscribe(other.owner());
    other.notice_others().await.unwrap();
    // It listens from here on.
    next(&mut listener).await;
    let uploaded = one.upload(upload(&one, 1, vec![op(1, 1)])).await;
    let head = uploaded.unwrap().unwrap().head();
    let news = next(&mut listener).await;
    assert!(news.state && !news.sessions);
    let vault = other.vault(other.owner()).await.unwrap().unwrap();
    assert_eq!(vault.head, head);
    let logout = LogoutEverywhere {
        account_id: one.owner(),
        lock: VaultLock {
            locked_at_ms: NOW_MS,
            reason: LockReason::Logout,
            enforce_tier: LockTier::Vault,
            by: LockedBy::Server,
            device_id: None,
            statement: None,
        },
    };
    one.logout_everywhere(logout).await.unwrap();
    assert!(next(&mut listener).await.sessions);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stopped_hearing_hears_again_and_looks() {
    let url = Cluster::shared().database();
    let store = SqlStore::open_postgres(&url, NOW_MS).await.unwrap();
    let mut listener = store.announcements().subscribe(store.owner());
    store.notice_others().await.unwrap();
    next(&mut listener).await;
    let killed = client(&url)
        .await
        .query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE 'LISTEN%'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(killed.len(), 1);
    let news = next(&mut listener).await;
    assert!(news.state && news.sessions, "anything may have changed");
}
