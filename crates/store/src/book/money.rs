//! Credits that move: the transfers of a file's price, and what transfers do to the accounts of their owners.

use std::collections::BTreeMap;

use gristmill_model::Timestamp;
use gristmill_model::credits::{Account, Kind};
use gristmill_model::id::Uuid;

use super::line::{FileLine, JobLine, TransferLine};
use crate::sql::Change;
use crate::sql::value::values;

/// A transfer of a file's price.
pub(crate) fn transfer(job: &JobLine, file: &FileLine, kind: Kind, now: Timestamp) -> TransferLine {
    TransferLine {
        id: Uuid::now_v7(),
        at: now,
        owner: job.owner.clone(),
        kind,
        amount: file.price,
        job: Some(job.id),
        file: Some(file.id.no),
        round: file.round,
        side: side(kind),
        note: None,
    }
}

/// A round has one transfer a side: the hold, what ends it, and the reversal of a capture.
fn side(kind: Kind) -> u32 {
    match kind {
        Kind::Grant | Kind::Hold => 0,
        Kind::Capture | Kind::Refund => 1,
        Kind::Reverse => 2,
    }
}

/// How accounts change with these transfers; owners in order, so that no two transactions wait for each other.
pub(crate) fn balances(transfers: &[TransferLine]) -> Vec<Change> {
    let mut of_owner: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for transfer in transfers {
        let (from, to) = transfer.kind.moves();
        let change = of_owner.entry(&transfer.owner).or_default();
        for (side, amount) in [(from, -transfer.amount.0), (to, transfer.amount.0)] {
            match side {
                Account::Available => change.0 += amount,
                Account::Held => change.1 += amount,
                Account::Issued | Account::Earned => {}
            }
        }
    }
    let sql = "UPDATE account SET available = available + $1, held = held + $2 WHERE owner = $3";
    of_owner.into_iter().map(|(owner, (available, held))| Change::Run(sql, values![available, held, owner])).collect()
}
