//! Databases of earlier versions open as they are.

use sync_core::message::{ReplaceSlots, VaultSettings};
use sync_server::store::{Page, PageQuery, SessionFound, SqlStore, Store, TokenHash};
use vault_types::{AccountId, Cursor, DeviceId, Epoch, Generation, PolicyVersion, VaultId};

const NOW_MS: u64 = crate::contract::NOW_MS;

/// What the first version wrote: its schema, one account, a session, a vault
/// with one operation.
fn first_version(path: &std::path::Path) -> (AccountId, VaultId) {
    let account = AccountId::from_random([1; 16]);
    let vault = VaultId::from_random([2; 16]);
    let device = DeviceId::from_random([3; 16]);
    let connection = rusqlite::Connection::open(path).unwrap();
    let schema = include_str!("../../src/store/sqlite/schema.sql");
    connection.execute_batch(schema).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    connection
        .pragma_update(None, "application_id", 0x4c4b_5354)
        .unwrap();
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        assert_eq!(connection.execute(sql, values), Ok(1), "{sql}");
    };
    run(
        "INSERT INTO meta VALUES ('server_epoch', ?1)",
        &[&[7_u8; 16]],
    );
    run(
        "INSERT INTO meta VALUES ('owner', ?1)",
        &[account.as_bytes()],
    );
    run("INSERT INTO account VALUES (?1, 1)", &[account.as_bytes()]);
    run(
        "INSERT INTO device VALUES (?1, ?2, 'Phone', 1, 1)",
        &[account.as_bytes(), device.as_bytes()],
    );
    run(
        "INSERT INTO session VALUES (?1, ?2, ?3, ?4)",
        &[
            &[9_u8; 32],
            account.as_bytes(),
            device.as_bytes(),
            &i64::try_from(NOW_MS).unwrap(),
        ],
    );
    run(
        "INSERT INTO vault VALUES (1, ?1, ?2, 1, 4, x'0102', 1, ?3, 1)",
        &[account.as_bytes(), vault.as_bytes(), &[8_u8; 32]],
    );
    run(
        "INSERT INTO op VALUES (1, 1, 1, ?1, ?2, ?3, x'00')",
        &[&[4_u8; 16], &[5_u8; 32], &[8_u8; 32]],
    );
    (account, vault)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_first_version_opens_with_all_it_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite3");
    let (account, vault_id) = first_version(&path);
    let store = SqlStore::open_sqlite(&path, NOW_MS).unwrap();
    assert_eq!(store.owner(), account);
    let row = store.vault(account).await.unwrap().unwrap();
    assert_eq!((row.vault_id, row.head.cursor), (vault_id, Cursor(1)));
    assert_eq!(
        (row.slots_generation, row.key_epoch),
        (Generation(4), Epoch(1))
    );
    assert_eq!((row.lock, row.recovery_used), (None, None));
    assert_eq!(row.settings, VaultSettings { strict: false });
    assert_eq!(row.policy_version, PolicyVersion(1));
    let query = PageQuery {
        account_id: account,
        vault_id,
        since: Cursor(0),
        ops_max: 9,
        bytes_max: 9,
    };
    let Page::Found(page) = store.page(query).await.unwrap() else {
        panic!("the vault is there");
    };
    assert_eq!(page.changes.len(), 1);
    let token = TokenHash::from_bytes([9; 32]);
    let SessionFound::Live(session) = store.session(token, NOW_MS).await.unwrap() else {
        panic!("the session lives on");
    };
    assert_eq!(session.signed_in_ms, 0, "when is not known: not recent");
    let slots = ReplaceSlots::from(crate::contract::slot_list(5));
    assert_eq!(store.replace_slots(account, slots).await, Ok(Ok(())));
    assert_eq!(store.policies().await.unwrap().len(), 2);
    store.close().await;
    let again = SqlStore::open_sqlite(&path, NOW_MS).unwrap();
    assert_eq!(again.policies().await.unwrap().len(), 2, "migrated once");
}
