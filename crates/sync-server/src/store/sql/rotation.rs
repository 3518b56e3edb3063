//! The change of a vault's key, in two phases.

use super::connection::{Connection, Optional, Result};
use super::recovery;
use super::row::{bytes, number, sql};
use super::vaults::{Open, slots};
use crate::store::{EndRotation, NewRotation, Outcome, VaultRefusal};
use sync_core::check_rotation;
use sync_core::message::{BeginRotation, CommitRotation, RotationBegun, VaultExtent};
use vault_types::{Code, Epoch, RotationId, limits};

pub(super) fn begin(
    connection: &Connection,
    new: NewRotation,
    request: &BeginRotation,
) -> Result<Outcome<RotationBegun>> {
    let open = match Open::of_account(connection, new.account_id)? {
        Ok(open) => open,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let extent = extent(connection, &open)?;
    match check_rotation(request, &extent) {
        Ok(()) => {}
        Err(Code::RotationConflict) => return Ok(Err(VaultRefusal::RotationConflict(extent))),
        Err(_) => return Ok(Err(VaultRefusal::Malformed)),
    }
    let expires_at_ms = new.now_ms.saturating_add(limits::ROTATION_LIFE_MS);
    connection
        .prepare_cached(
            "INSERT INTO rotation (vault_row, rotation_id, to_epoch, expires_at_ms)
             VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (vault_row) DO UPDATE SET rotation_id = excluded.rotation_id,
             to_epoch = excluded.to_epoch, expires_at_ms = excluded.expires_at_ms",
        )?
        .execute((
            open.vault_row,
            new.rotation_id.as_bytes(),
            request.to_epoch.0,
            sql(expires_at_ms),
        ))?;
    Ok(Ok(RotationBegun {
        rotation_id: new.rotation_id,
        expires_at_ms,
    }))
}

fn extent(connection: &Connection, open: &Open) -> Result<VaultExtent> {
    let record_count = connection
        .prepare_cached("SELECT count(*) FROM record_head WHERE vault_row = ?1")?
        .query_row([open.vault_row], |row| number(row, 0))?;
    Ok(VaultExtent {
        key_epoch: open.key_epoch,
        record_count,
        head: open.head,
    })
}

pub(super) fn commit(
    connection: &Connection,
    end: EndRotation,
    request: &CommitRotation,
) -> Result<Outcome<()>> {
    let open = match Open::of_account(connection, end.account_id)? {
        Ok(open) => open,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(to_epoch) = epoch_of(connection, &open, end)? else {
        return Ok(Err(VaultRefusal::RotationExpired));
    };
    if open.key_epoch == to_epoch {
        // Committed before; the same once more is a repeated request.
        let held = slots(connection, end.account_id)?;
        let same = held.is_some_and(|held| {
            held.slots_generation == request.slots.slots_generation
                && held.slot_list == request.slots.slot_list
        });
        return Ok(if same {
            Ok(())
        } else {
            Err(VaultRefusal::RotationExpired)
        });
    }
    if let Err(refusal) = open.replace_slots(connection, &request.slots)? {
        return Ok(Err(refusal));
    }
    recovery::keep(connection, &open, &request.codes, end.now_ms)?;
    connection
        .prepare_cached("UPDATE vault SET key_epoch = ?2 WHERE vault_row = ?1")?
        .execute((open.vault_row, to_epoch.0))?;
    Ok(Ok(()))
}

/// The epoch that the change leads to, while it may be committed.
fn epoch_of(connection: &Connection, open: &Open, end: EndRotation) -> Result<Option<Epoch>> {
    let begun = connection
        .prepare_cached(
            "SELECT rotation_id, to_epoch, expires_at_ms FROM rotation WHERE vault_row = ?1",
        )?
        .query_row([open.vault_row], |row| {
            let id = RotationId::from_bytes(bytes(row, 0)?);
            Ok((id, Epoch(row.get(1)?), number(row, 2)?))
        })
        .optional()?;
    let meant = begun
        .filter(|(id, _, expires_at_ms)| *id == end.rotation_id && end.now_ms < *expires_at_ms);
    Ok(meant.map(|(_, to_epoch, _)| to_epoch))
}
