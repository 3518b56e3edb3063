//! What every implementation of the storage trait must do. A new one adds a
//! line to `contract!` and passes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod contract;

use sync_server::store::SqliteStore;
use tempfile::TempDir;

/// A store and what must outlive it.
fn sqlite() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite3");
    (SqliteStore::open(&path, contract::NOW_MS).unwrap(), folder)
}

macro_rules! contract {
    ($module:ident, $make:expr; $($fact:ident),* $(,)?) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $fact() {
                    let (store, _keep) = $make;
                    super::contract::$fact(&store).await;
                }
            )*
        }
    };
}

contract! { in_sqlite, super::sqlite();
    a_link_lets_one_device_in_once,
    a_link_ends_with_its_time,
    the_oldest_link_gives_way_to_the_console_only,
    a_session_ends_with_its_time_unless_it_is_used,
    an_account_has_so_many_devices_and_no_more,
    an_account_has_one_vault,
    slots_follow_generation_by_generation,
    a_history_is_dense_and_idempotent,
    uploads_at_once_are_ordered_without_a_gap,
    an_upload_whose_caller_went_is_whole_or_not_there,
    a_closed_store_refuses_and_does_not_hang,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_opened_again_is_the_same_life() {
    use sync_server::store::Store;
    let (store, folder) = sqlite();
    let (epoch, owner) = (store.server_epoch(), store.owner());
    store.close().await;
    let again = SqliteStore::open(&folder.path().join("store.sqlite3"), 5).unwrap();
    assert_eq!((again.server_epoch(), again.owner()), (epoch, owner));
    let (other, _keep) = sqlite();
    assert_ne!(other.server_epoch(), epoch);
}
