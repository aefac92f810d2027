//! `Upload-Concat`: an upload that is a piece of another, or one that is made of such pieces.

use gristmill_model::UploadId;

use super::{CONCAT, invalid};
use crate::problem::Problem;

/// The most pieces of one file.
const MOST: usize = 1_000;

/// What an upload is to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Concat {
    /// A piece.
    Partial,
    /// Made of these, in this order.
    Final(Vec<UploadId>),
}

/// Reads the header: `partial`, or `final;` and the addresses of the pieces, absolute or not. Of an address only its last part counts:
/// whose the pieces are is asked of the store.
pub(crate) fn concat(text: Option<String>) -> Result<Option<Concat>, Problem> {
    match text.as_deref() {
        None => Ok(None),
        Some("partial") => Ok(Some(Concat::Partial)),
        Some(text) => {
            let list = text.strip_prefix("final;").ok_or_else(|| invalid(&CONCAT, "is neither `partial` nor `final;` and a list"))?;
            let ids = list.split_ascii_whitespace().map(id).collect::<Result<Vec<_>, _>>()?;
            if ids.is_empty() || ids.len() > MOST {
                return Err(invalid(&CONCAT, &format!("names {} pieces; 1 to {MOST} can be joined", ids.len())));
            }
            Ok(Some(Concat::Final(ids)))
        }
    }
}

fn id(address: &str) -> Result<UploadId, Problem> {
    let last = address.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.parse().map_err(|_| invalid(&CONCAT, "names something that is no upload of this server"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Concat, Problem> {
        concat(Some(text.to_owned())).map(|c| c.expect("it was sent"))
    }

    #[test]
    fn pieces_are_named_by_address_in_their_order() {
        let (a, b) = ("upload_0190b3e4000070008000000000000001", "upload_0190b3e4000070008000000000000002");
        let found = of(&format!("final;/api/v1/uploads/{b} http://mill.example/api/v1/uploads/{a}")).unwrap();
        assert_eq!(found, Concat::Final(vec![b.parse().unwrap(), a.parse().unwrap()]));
        assert_eq!(of("partial").unwrap(), Concat::Partial);
        assert_eq!(concat(None).unwrap(), None);
    }

    #[test]
    fn what_names_no_uploads_is_refused() {
        for bad in
            ["", "final", "final;", "final; ", "partial;x", "final;/api/v1/uploads/../jobs", "final;job_0190b3e4000070008000000000000001"]
        {
            assert_eq!(of(bad).unwrap_err().code, "tus_header", "{bad}");
        }
        let many = "upload_0190b3e4000070008000000000000001 ".repeat(MOST + 1);
        assert!(of(&format!("final;{many}")).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(final;)?.{0,200}") {
            let _told = of(&text);
        }
    }
}
