//! What every implementation of the storage trait must do. A new fact adds a
//! line to `contract!` and holds in each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod announce;
#[path = "../support/cluster.rs"]
mod cluster;
mod contract;
mod cut;
mod gaps;
mod members;
mod migration;
mod postgres;
mod protect;
mod proxy;

use cluster::Cluster;
use sync_server::store::SqlStore;
use tempfile::TempDir;

/// A store and what must outlive it.
fn sqlite() -> (SqlStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite3");
    let store = SqlStore::open_sqlite(&path, contract::NOW_MS).unwrap();
    (store, folder)
}

/// The same in a database of its own.
async fn postgres() -> SqlStore {
    let url = Cluster::shared().database();
    SqlStore::open_postgres(&url, contract::NOW_MS)
        .await
        .unwrap()
}

macro_rules! contract {
    ($($facts:ident: $($fact:ident),*;)*) => {
        mod in_sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $fact() {
                    let (store, _keep) = super::sqlite();
                    crate::$facts::$fact(&store).await;
                }
            )*)*
        }
        mod in_postgres {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $fact() {
                    crate::$facts::$fact(&super::postgres().await).await;
                }
            )*)*
        }
    };
}

contract! {
    contract:
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
    a_closed_store_refuses_and_does_not_hang;
    protect:
    a_lock_is_kept_whole_and_refuses_every_change,
    an_administrators_lock_is_theirs,
    sessions_that_ran_out_lock_a_strict_vault,
    signing_out_everywhere_ends_sessions_and_links,
    codes_and_slots_change_together_or_not_at_all,
    of_many_tries_at_once_one_uses_the_code,
    every_try_counts_and_a_refused_one_too,
    a_try_may_be_repeated_by_its_device,
    a_rotation_changes_key_slots_and_codes_together,
    a_newer_rotation_replaces_an_older_one,
    a_reset_leaves_nothing_and_room_for_another_vault,
    a_stranger_finds_nothing,
    policies_are_data,
    one_administrators_token_counts;
    announce:
    a_new_head_is_announced_once_it_can_be_read,
    what_is_stored_is_announced_though_its_caller_went,
    locks_and_keys_are_announced_and_refusals_are_not,
    the_end_of_a_session_is_announced,
    another_account_hears_nothing;
    members:
    a_revoked_device_is_out_until_it_signs_in_again,
    a_revoked_session_does_not_lock_a_strict_vault,
    revoked_devices_make_room_for_others,
    keys_for_programs_are_kept_found_and_ended;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_opened_again_is_the_same_life() {
    use sync_server::store::Store;
    let (store, folder) = sqlite();
    let (epoch, owner) = (store.server_epoch(), store.owner());
    store.close().await;
    let again = SqlStore::open_sqlite(&folder.path().join("store.sqlite3"), 5).unwrap();
    assert_eq!((again.server_epoch(), again.owner()), (epoch, owner));
    let (other, _keep) = sqlite();
    assert_ne!(other.server_epoch(), epoch);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_wrote_is_noticed() {
    use sync_server::store::Store;
    let (store, folder) = sqlite();
    let mut listener = store.announcements().subscribe(store.owner());
    store.notice_others().await.unwrap();
    let other = SqlStore::open_sqlite(&folder.path().join("store.sqlite3"), 5).unwrap();
    contract::create_vault(&other).await;
    store.notice_others().await.unwrap();
    let news = listener.news();
    assert!(news.state && news.sessions);
    contract::add_link(&store, 1, 5, sync_server::store::WhenFull::Refuse).await;
    store.notice_others().await.unwrap();
    let news = listener.news();
    assert!(!news.state && !news.sessions, "that was its own");
}
