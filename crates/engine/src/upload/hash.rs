//! The SHA-256 of what has come so far. Its state is written with every piece, so that no byte is read again to know the whole.

use futures::TryStreamExt;
use gristmill_blob::{BlobError, Content, hex};
use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest, Sha256};

/// Of nothing.
pub(super) fn fresh() -> Sha256 {
    Sha256::new()
}

/// As text, for a row.
pub(super) fn kept(hash: &Sha256) -> String {
    hex(&hash.serialize())
}

/// From a row; `None` for what this version did not write.
pub(super) fn restored(text: &str) -> Option<Sha256> {
    let mut state = SerializedState::<Sha256>::default();
    if text.len() != state.len() * 2 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in state.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Sha256::deserialize(&state).ok()
}

pub(super) fn hexadecimal(hash: Sha256) -> String {
    hex(&hash.finalize())
}

/// Of all of a blob.
pub(super) async fn of(mut content: Content) -> Result<String, BlobError> {
    let mut hash = fresh();
    while let Some(piece) = content.try_next().await? {
        hash.update(&piece);
    }
    Ok(hexadecimal(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_hash_goes_on_where_it_was_kept(first in proptest::collection::vec(0u8.., 0..300), second in proptest::collection::vec(0u8.., 0..300)) {
            let mut hash = fresh();
            hash.update(&first);
            let mut again = restored(&kept(&hash)).unwrap();
            again.update(&second);
            proptest::prop_assert_eq!(again.finalize(), Sha256::digest([first, second].concat()));
        }

        #[test]
        fn what_is_no_state_is_none(text in ".{0,220}") {
            proptest::prop_assert!(restored(&text).is_none() || text.len() == kept(&fresh()).len());
        }
    }
}
