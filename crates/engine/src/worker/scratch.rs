//! The quota on scratch: what the folder of one attempt takes on the disk is looked at while it runs, and one that takes too much is
//! stopped.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use gristmill_operate::OperationError;

/// How often it is looked, and the first time after so long: most steps are over by then. A look costs a call for each file.
const LOOK: Duration = Duration::from_secs(1);

/// What `stat` counts blocks in, whatever the file system's own are (stat(2)).
const BLOCK: u64 = 512;

/// Returns the error when `folder` takes more than `most` bytes; never without a quota.
pub(super) async fn overrun(folder: &Path, most: Option<u64>) -> OperationError {
    let Some(most) = most else { return std::future::pending().await };
    loop {
        tokio::time::sleep(LOOK).await;
        let at = folder.to_owned();
        // Not there yet, or of an operation that writes nothing.
        let taken = tokio::task::spawn_blocking(move || taken(&at)).await.ok().and_then(Result::ok);
        if taken.is_some_and(|taken| taken > most) {
            return full(most);
        }
    }
}

/// Bytes that files and folders below `folder` take on the disk. Blocks, not lengths: a file may have holes, and small ones take more.
fn taken(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // What a tool has removed or renamed since is not there any more.
        let Ok(found) = entry.metadata() else { continue };
        bytes += found.blocks() * BLOCK;
        if found.is_dir() {
            bytes += taken(&entry.path()).unwrap_or(0);
        }
    }
    Ok(bytes)
}

/// A retry would write as much again.
fn full(most: u64) -> OperationError {
    let message = format!(
        "The step wrote more than the {} MiB that one step may write before its results are stored, and was stopped. Ask for fewer or \
         smaller results, or have an administrator raise `scratch.max_bytes`.",
        most.div_ceil(1 << 20)
    );
    OperationError::limit("scratch_full", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_at_any_depth_counts_and_a_hole_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let empty = taken(folder.path()).unwrap();
        fs::create_dir_all(folder.path().join("hls/240p")).unwrap();
        fs::write(folder.path().join("240p.mp4"), vec![7; 1 << 20]).unwrap();
        fs::write(folder.path().join("hls/240p/seg_00001.m4s"), vec![7; 2 << 20]).unwrap();
        fs::File::create(folder.path().join("hole")).unwrap().set_len(1 << 40).unwrap();
        let taken = taken(folder.path()).unwrap() - empty;
        assert!((3 << 20..4 << 20).contains(&taken), "{taken}");
    }

    #[test]
    fn what_is_not_there_takes_nothing_and_is_no_bug() {
        assert_eq!(taken(Path::new("/nowhere/at/all")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn a_folder_that_grows_over_its_quota_is_told_and_one_below_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), vec![7; 1 << 20]).unwrap();
        let within = tokio::time::timeout(LOOK * 2, overrun(folder.path(), Some(8 << 20))).await;
        assert!(within.is_err(), "it is below");
        let growing = overrun(folder.path(), Some(8 << 20));
        let (told, ()) = tokio::join!(growing, async { fs::write(folder.path().join("b"), vec![7; 8 << 20]).unwrap() });
        assert_eq!((told.problem.code.as_str(), told.problem.fault), ("scratch_full", gristmill_model::Fault::Limit));
        assert!(told.problem.message.contains("8 MiB"), "{}", told.problem.message);
    }
}
