//! The wall between a library that may panic on a hostile file and everybody else.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Refusal;

/// Does something with a file that may make a library panic; a panic is a damaged file. What `work` leaves half done must be thrown away
/// or renewed by the caller.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Refusal::Damaged))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_damaged_file() {
        assert_eq!(guarded::<()>(|| std::panic::resume_unwind(Box::new("a library gives up"))), Err(Refusal::Damaged));
        assert_eq!(guarded(|| Ok(7)), Ok(7));
    }
}
