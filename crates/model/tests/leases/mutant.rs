//! Rules that can be taken out of the model, one at a time, to show that the check would notice.

/// One broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// A worker's settle is accepted whatever its fence.
    SettleIgnoresFence,
    /// A rescuer settles the row it read without comparing the fence again.
    RescueIgnoresFence,
    /// A heartbeat renews whatever lease there is.
    BeatIgnoresFence,
    /// A claim hands out the fence that the one before had.
    FenceNotRaised,
    /// A task that is given back gets its old fence back too.
    GiveBackLowersFence,
    /// A rescue takes the row to be running still.
    RescueReopens,
    /// A rescue reads, and writes nothing.
    RescueWritesNothing,
    /// A claim sets neither a lease nor a deadline.
    ClaimWithoutLease,
    /// The loss of a worker is not written to the tally.
    LossNotCounted,
    /// A failure is not written to the tally.
    FailureNotCounted,
    /// A cancel stops only what does not run yet.
    CancelSparesRunning,
    /// A cancel leaves the lease on the row.
    CancelLeavesLease,
    /// A cancel refunds every file of the job, ended or not.
    CancelRefundsEnded,
    /// A task that ends in the rescuer's hands moves no money.
    RescueMovesNoMoney,
    /// A refund leaves the hold as it was.
    RefundKeepsHold,
    /// A job that ends in the rescuer's hands tells nobody.
    RescueTellsNobody,
    /// The end of every file is told as if it were the job's.
    EveryFileTells,
    /// The pointer is set when the bytes are there, before the settle.
    PointerBeforeSettle,
    /// Two attempts of a task write to the same place.
    BlobsWithoutFence,
    /// A worker removes its bytes after any refused settle, even if an earlier one may have been accepted unheard.
    WithdrawsUnheard,
}
