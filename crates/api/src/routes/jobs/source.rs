//! Where the files of a request are: what its text names, and what came with it.

use std::collections::BTreeMap;

use gristmill_engine::{Bytes, File, Pointer};
use gristmill_store::Password;

use super::form::Received;
use crate::names::display_name;
use crate::problem::Problem;
use crate::wire::FileSource;

/// The files a request names, in order. Whether each is there is found by the submit.
pub(crate) fn named(sources: &[FileSource]) -> Result<Vec<File>, Problem> {
    sources
        .iter()
        .map(|file| {
            let name = file.name.as_ref().map(|n| display_name(Some(n))).unwrap_or_default();
            Ok(File { name, bytes: bytes(&file.source)?, password: file.password.clone().map(Password) })
        })
        .collect()
}

/// The files that came as parts of a form. Their temporary paths live until the submit has taken them; what it leaves, they remove.
pub(crate) fn received(files: &[Received], passwords: &BTreeMap<String, String>) -> impl Iterator<Item = File> {
    files.iter().map(|file| {
        let password = passwords.get(&file.name).cloned().map(Password);
        File { password, ..File::new(file.name.clone(), Bytes::Spool(file.path.to_path_buf())) }
    })
}

fn bytes(source: &str) -> Result<Bytes, Problem> {
    let invalid = |code, why: &str| Err(Problem::invalid(code, format!("the source `{}` {why}", display_name(Some(source)))));
    match source.split_once(':') {
        Some(("upload", id)) => match id.parse().or_else(|_| format!("upload_{id}").parse()) {
            Ok(id) => Ok(Bytes::Upload(id)),
            Err(_) => invalid("source_invalid", "is no upload; write `upload:` and the id that POST /api/v1/uploads answered"),
        },
        _ => match Pointer::parse(source) {
            Some(pointer) => Ok(Bytes::Pointer(pointer)),
            None => {
                invalid("source_invalid", "is none: write `upload:` and the id of an upload, `s3://bucket/key`, or an `https://` address")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> Result<Vec<File>, Problem> {
        named(&[FileSource { source: source.into(), name: None, password: None }])
    }

    #[test]
    fn an_upload_is_named_with_or_without_its_kind() {
        for source in ["upload:upload_0190b3e4000070008000000000000001", "upload:0190b3e4000070008000000000000001"] {
            assert!(matches!(of(source).unwrap()[..], [File { bytes: Bytes::Upload(_), .. }]), "{source}");
        }
    }

    #[test]
    fn what_is_no_source_is_refused_with_the_next_step() {
        for source in ["upload:../1", "", "/etc/passwd", "file:///etc/passwd", "s3://in/../x"] {
            let problem = of(source).unwrap_err();
            assert_eq!(problem.code, "source_invalid", "{source}");
            assert!(problem.detail.contains("upload:"), "{}", problem.detail);
        }
    }
}
