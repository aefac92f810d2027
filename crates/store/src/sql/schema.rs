//! Which schemas this code can work with. Migrations have the same numbers in both dialects.

use crate::{Result, StoreError};

/// The number of the first migration. The first schema of all, number 1, was never released and is not carried on.
pub(crate) const FIRST: i64 = 2;

/// How many migrations are done already. `found` is the schema that is there (0: none), `oldest` the oldest known one with which a
/// binary may still write, `known` the newest one here.
pub(crate) fn check(found: i64, oldest: i64, known: i64) -> Result<usize> {
    match found {
        0 => Ok(0),
        n if n < FIRST => Err(StoreError::Older { found }),
        _ if oldest > known => Err(StoreError::Newer { found, known }),
        n => Ok(usize::try_from(n - FIRST + 1).unwrap_or(usize::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_schema_is_refused_unless_it_says_that_we_may_write() {
        assert!(matches!(check(7, 7, 6), Err(StoreError::Newer { found: 7, known: 6 })));
        assert_eq!(check(7, 6, 6).unwrap(), 6, "nothing is left to do");
    }

    #[test]
    fn what_was_never_released_is_refused_and_nothing_is_begun_anew() {
        assert!(matches!(check(1, 1, 6), Err(StoreError::Older { found: 1 })));
        assert_eq!(check(0, 0, 6).unwrap(), 0);
        assert_eq!(check(3, 2, 6).unwrap(), 2);
    }
}
