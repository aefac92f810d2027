//! Credits: what an owner has, what moved, and what does not add up.

use gristmill_model::credits::{Credits, Kind};
use gristmill_model::id::Uuid;
use gristmill_model::{JobId, Timestamp};

/// What an owner has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    /// Free to be held.
    pub available: Credits,
    /// Held for jobs.
    pub held: Credits,
}

/// Credits that moved.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// Its id; sorts by time.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub owner: String,
    /// From which account to which.
    pub kind: Kind,
    /// How much.
    pub amount: Credits,
    /// For which job.
    pub job: Option<JobId>,
    /// For which file of it.
    pub file: Option<u32>,
    /// Why, in an operator's words.
    pub note: Option<String>,
}

/// What does not add up in the ledger; all zero when it is sound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Audit {
    /// Accounts whose balance is not the sum of their transfers.
    pub wrong_balances: u64,
    /// Ended files whose price is still held, or open ones whose price is not.
    pub wrong_holds: u64,
    /// Holds that were ended twice, or ends without a hold.
    pub wrong_ends: u64,
    /// Credits held by accounts, less the prices of files that are held.
    pub held_difference: i64,
}
