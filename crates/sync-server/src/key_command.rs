//! `lockstep-server api-key`: keys for programs, also while the server runs.

use crate::administer::{open, refused};
use crate::api_key;
use crate::database::DatabaseArguments;
use crate::failure::StartError;
use crate::store::{Found, Member, Store};
use clap::{Args, Subcommand};
use vault_types::{AccountId, Code, DeviceId};

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Makes a key and prints it, this once.
    Create(CreateArguments),
    /// Lists the keys: id, when it was made and last used, name.
    List(AccountArguments),
    /// Ends a key.
    Revoke(RevokeArguments),
}

/// Whose keys: the owner's, unless named.
#[derive(Args)]
pub(crate) struct AccountArguments {
    #[command(flatten)]
    database: DatabaseArguments,
    /// The account that is meant; the owner's if left out.
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
}

#[derive(Args)]
pub(crate) struct CreateArguments {
    #[command(flatten)]
    account: AccountArguments,
    /// What the list shows it as.
    #[arg(long, value_name = "NAME")]
    name: String,
}

#[derive(Args)]
pub(crate) struct RevokeArguments {
    #[command(flatten)]
    account: AccountArguments,
    /// The key's id, as listed.
    #[arg(long, value_name = "ID")]
    id: DeviceId,
}

/// Does it; returns what to say.
pub(crate) async fn keys(command: KeyCommand) -> Result<String, StartError> {
    match command {
        KeyCommand::Create(arguments) => create(arguments).await,
        KeyCommand::List(arguments) => list(&arguments).await,
        KeyCommand::Revoke(arguments) => revoke(&arguments).await,
    }
}

async fn create(arguments: CreateArguments) -> Result<String, StartError> {
    if !api_key::is_name(&arguments.name) {
        return Err(refused(Code::LimitExceeded));
    }
    let store = open(&arguments.account.database).await?;
    let account_id = arguments.account.account.unwrap_or_else(|| store.owner());
    let made = api_key::make(&store, account_id, arguments.name).await?;
    store.close().await;
    made.map(|key| key.token)
        .ok_or_else(|| refused(Code::TooManyApiKeys))
}

async fn list(arguments: &AccountArguments) -> Result<String, StartError> {
    let store = open(&arguments.database).await?;
    let account_id = arguments.account.unwrap_or_else(|| store.owner());
    let rows = store.api_keys(account_id).await?;
    store.close().await;
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let used = row
                .last_used_ms
                .map_or_else(|| "never".to_owned(), |ms| ms.to_string());
            let shown: String = row.name.chars().filter(|c| !c.is_control()).collect();
            format!(
                "{} made {} used {used} {shown}",
                row.device_id, row.created_ms
            )
        })
        .collect();
    Ok(if lines.is_empty() {
        "There are no API keys.".to_owned()
    } else {
        lines.join("\n")
    })
}

async fn revoke(arguments: &RevokeArguments) -> Result<String, StartError> {
    let store = open(&arguments.account.database).await?;
    let member = Member {
        account_id: arguments.account.account.unwrap_or_else(|| store.owner()),
        device_id: arguments.id,
    };
    let changed = store.revoke_api_key(member).await?;
    store.close().await;
    match changed {
        Found::Done => Ok("The API key is not taken any more.".to_owned()),
        Found::Unknown => Err(refused(Code::UnknownApiKey)),
    }
}
