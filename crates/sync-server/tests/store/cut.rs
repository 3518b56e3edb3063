//! The connection to PostgreSQL is cut at every message of a scripted run.
//!
//! 1. Nothing that was acknowledged is lost.
//! 2. Nothing is applied twice.
//! 3. The history's chain is whole.

use crate::cluster::Cluster;
use crate::contract::{NOW_MS, VAULT, device, op, slot_list};
use crate::proxy::{Cut, Proxy};
use std::collections::BTreeMap;
use sync_core::message::{LockedBy, ReplaceSlots, SlotList, VaultLock};
use sync_core::{History, Unlocker};
use sync_server::store::{
    NewLock, NewVault, Page, PageQuery, PostgresError, SqlStore, Store, StoreError, Unlock, Upload,
    VaultRefusal,
};
use tokio_postgres::NoTls;
use vault_types::{
    AccountId, Cursor, Generation, LockReason, LockTier, Op, OpId, OpaqueBytes, PolicyVersion,
    limits,
};

/// More cuts in one run than there are would be an endless loop.
const TRIES_MAX: u32 = 5;
/// Uploads of the run, of two operations each.
const UPLOADS: u8 = 3;

/// Asks again after a failure, as a device does.
async fn again<T>(mut call: impl AsyncFnMut() -> Result<T, StoreError>) -> T {
    for _ in 0..TRIES_MAX {
        match call().await {
            Ok(value) => return value,
            Err(error) => assert_eq!(error, StoreError::Unreachable),
        }
    }
    panic!("it fails again and again");
}

fn upload(account_id: AccountId, number: u8) -> Upload {
    Upload {
        account_id,
        vault_id: VAULT,
        device_id: device(1),
        now_ms: NOW_MS,
        changes: vec![op(1, 2 * number), op(1, 2 * number + 1)],
    }
}

/// One life of a vault, with every kind of write; where the server said that it
/// put what.
async fn run(store: &SqlStore, account_id: AccountId) -> BTreeMap<Cursor, OpId> {
    let mut acknowledged = BTreeMap::new();
    again(async || {
        let vault = NewVault {
            vault_id: VAULT,
            policy_version: PolicyVersion(1),
            slots: SlotList {
                slots_generation: Generation(1),
                slot_list: OpaqueBytes::new(vec![1]),
            },
            now_ms: NOW_MS,
        };
        store.create_vault(account_id, vault).await
    })
    .await;
    for number in 0..UPLOADS {
        let response = again(async || store.upload(upload(account_id, number)).await).await;
        for applied in response.unwrap().applied {
            acknowledged.insert(applied.cursor, applied.op_id);
        }
        if number == 0 {
            change_slots_and_lock(store, account_id).await;
        }
    }
    acknowledged
}

async fn change_slots_and_lock(store: &SqlStore, account_id: AccountId) {
    let changed = again(async || {
        let slots = ReplaceSlots::from(slot_list(2));
        store.replace_slots(account_id, slots).await
    })
    .await;
    // A conflict is what a repeated request finds that had succeeded.
    assert!(matches!(changed, Ok(()) | Err(VaultRefusal::SlotsConflict)));
    let lock = VaultLock {
        locked_at_ms: NOW_MS,
        reason: LockReason::Manual,
        enforce_tier: LockTier::Vault,
        by: LockedBy::Device,
        device_id: Some(device(1)),
        statement: None,
    };
    let held = again(async || {
        let lock = lock.clone();
        store.lock_vault(NewLock { account_id, lock }).await
    })
    .await;
    assert_eq!(held, Ok(lock));
    let refused = again(async || store.upload(upload(account_id, 9)).await).await;
    assert_eq!(refused, Err(VaultRefusal::Locked));
    let unlock = Unlock {
        account_id,
        unlocker: Unlocker::Device,
        locked_at_ms: None,
    };
    let unlocked = again(async || store.unlock_vault(unlock).await).await;
    assert_eq!(unlocked, Ok(()));
}

/// Reads all of a history, which verifies its chain.
async fn history(store: &SqlStore, account_id: AccountId) -> BTreeMap<Cursor, OpId> {
    let query = PageQuery {
        account_id,
        vault_id: VAULT,
        since: Cursor(0),
        ops_max: 100,
        bytes_max: limits::BATCH_BYTES_MAX,
    };
    let Page::Found(page) = store.page(query).await.unwrap() else {
        panic!("the vault is there");
    };
    let held = page.changes.iter().map(|accepted| {
        let op = Op::parse(accepted.op.as_slice()).unwrap();
        (accepted.cursor, op.header.op_id)
    });
    let held = held.collect();
    let history = History::start(store.server_epoch()).extend(page).unwrap().0;
    let row = store.vault(account_id).await.unwrap().unwrap();
    assert_eq!(row.head, history.head());
    assert_eq!((row.slots_generation, row.lock), (Generation(2), None));
    held
}

/// An account of its own for each run, so that one database serves all.
async fn account(url: &str, number: u32) -> AccountId {
    let mut bytes = [8; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let insert = "INSERT INTO account (account_id, created_ms) VALUES ($1, 0)";
    client.execute(insert, &[&bytes.as_slice()]).await.unwrap();
    AccountId::from_bytes(bytes)
}

async fn open(url: &str) -> SqlStore {
    for _ in 0..TRIES_MAX {
        match SqlStore::open_postgres(url, NOW_MS).await {
            Ok(store) => return store,
            Err(error) => assert!(
                matches!(error, PostgresError::Unreachable { .. }),
                "{error}"
            ),
        }
    }
    panic!("it does not open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_at_any_message_loses_nothing_and_repeats_nothing() {
    let url = Cluster::shared().database();
    let direct = SqlStore::open_postgres(&url, NOW_MS).await.unwrap();
    let mut runs = 0;
    for cut in [Cut::Before, Cut::AnswerLost] {
        for message in 1.. {
            let account_id = account(&url, runs).await;
            runs += 1;
            let proxy = Proxy::start(&url, cut, message).await;
            let store = open(proxy.url()).await;
            let acknowledged = run(&store, account_id).await;
            store.close().await;
            let held = history(&direct, account_id).await;
            let ops: Vec<OpId> = (0..2 * UPLOADS)
                .map(|number| Op::parse(op(1, number).as_slice()).unwrap().header.op_id)
                .collect();
            let in_order: Vec<OpId> = held.values().copied().collect();
            assert_eq!(in_order, ops, "{cut:?} at {message}");
            assert_eq!(held, acknowledged, "{cut:?} at {message}");
            if !proxy.has_cut() {
                break;
            }
        }
    }
    println!("counted: {runs} runs with a connection to PostgreSQL cut, nothing lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_birth_that_is_cut_off_is_whole_or_did_not_happen() {
    for cut in [Cut::Before, Cut::AnswerLost] {
        for message in (1..).step_by(3) {
            let url = Cluster::shared().database();
            let proxy = Proxy::start(&url, cut, message).await;
            let store = open(proxy.url()).await;
            let direct = SqlStore::open_postgres(&url, NOW_MS).await.unwrap();
            let lives = [&store, &direct].map(|store| (store.server_epoch(), store.owner()));
            assert_eq!(lives[0], lives[1], "{cut:?} at {message}");
            assert_eq!(direct.policies().await.unwrap().len(), 2);
            if !proxy.has_cut() {
                break;
            }
        }
    }
}
