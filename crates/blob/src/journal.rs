//! Which chunks of a pull are in its file: a line of text each, written after the bytes, read by the process that continues.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What a journal is about. Another version of the object, or other chunks, make all that was journalled worthless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) tag: String,
    pub(crate) size: u64,
    pub(crate) chunk: u64,
}

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Opens the journal at `path`, and answers which chunks of `data` were journalled and still have their checksum. One about
    /// something else is begun anew.
    pub(crate) fn open(path: &Path, subject: &Subject, data: &File) -> io::Result<(Self, Vec<u64>)> {
        let text = fs::read_to_string(path).unwrap_or_default();
        let head = format!("gristmill-pull 1 {} {} {}\n", subject.size, subject.chunk, subject.tag.escape_default());
        let Some(lines) = text.strip_prefix(&head) else {
            fs::write(path, head)?;
            return Ok((Self::appending(path)?, Vec::new()));
        };
        let mut sound = Vec::new();
        // A line that was being written when the process ended has no end, and does not count.
        for (chunk, sum) in lines.split_inclusive('\n').filter_map(|line| entry(line.strip_suffix('\n')?)) {
            if checksum(data, chunk, subject)? == Some(sum) {
                sound.push(chunk);
            }
        }
        // Written anew, so that nothing is appended to half a line.
        let journal = Self::appending(path)?;
        journal.file.set_len((text.len() - text.rsplit('\n').next().unwrap_or_default().len()) as u64)?;
        sound.sort_unstable();
        sound.dedup();
        Ok((journal, sound))
    }

    fn appending(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::options().append(true).open(path)?, path: path.to_owned() })
    }

    /// Notes that a chunk is in the file. One write: it is there whole, or recognisably not.
    pub(crate) fn note(&self, chunk: u64, sum: u32) -> io::Result<()> {
        (&self.file).write_all(format!("{chunk} {sum:08x}\n").as_bytes())
    }

    /// Removes it.
    pub(crate) fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

fn entry(line: &str) -> Option<(u64, u32)> {
    let (chunk, sum) = line.split_once(' ')?;
    Some((chunk.parse().ok()?, u32::from_str_radix(sum, 16).ok().filter(|_| sum.len() == 8)?))
}

/// CRC-32 of a chunk of the file; `None` when the object has no such chunk, or the file not all of it.
fn checksum(data: &File, chunk: u64, subject: &Subject) -> io::Result<Option<u32>> {
    let Some(start) = chunk.checked_mul(subject.chunk).filter(|start| *start < subject.size) else { return Ok(None) };
    let length = usize::try_from(subject.chunk.min(subject.size - start)).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    match data.read_exact_at(&mut bytes, start) {
        Ok(()) => Ok(Some(crc32fast::hash(&bytes))),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Case {
        folder: tempfile::TempDir,
        data: File,
    }

    fn case() -> Case {
        let folder = tempfile::tempdir().unwrap();
        let data = File::options().read(true).write(true).create_new(true).open(folder.path().join("data")).unwrap();
        data.write_all_at(b"aaaabbbbcc", 0).unwrap();
        Case { folder, data }
    }

    impl Case {
        fn open(&self, tag: &str) -> (Journal, Vec<u64>) {
            let subject = Subject { tag: tag.into(), size: 10, chunk: 4 };
            Journal::open(&self.folder.path().join("journal"), &subject, &self.data).unwrap()
        }
    }

    #[test]
    fn what_was_noted_is_there_again_if_the_bytes_are() {
        let case = case();
        let (journal, sound) = case.open("one");
        assert!(sound.is_empty());
        journal.note(2, crc32fast::hash(b"cc")).unwrap();
        journal.note(0, crc32fast::hash(b"aaaa")).unwrap();
        journal.note(1, crc32fast::hash(b"bbbb")).unwrap();
        assert_eq!(case.open("one").1, [0, 1, 2]);
        case.data.write_all_at(b"x", 5).unwrap();
        assert_eq!(case.open("one").1, [0, 2]);
    }

    #[test]
    fn another_version_begins_anew() {
        let case = case();
        case.open("one").0.note(0, crc32fast::hash(b"aaaa")).unwrap();
        assert!(case.open("two\n").1.is_empty() && case.open("one").1.is_empty());
    }

    #[test]
    fn half_a_line_does_not_count_and_is_written_over() {
        let case = case();
        let (journal, _) = case.open("one");
        journal.note(0, crc32fast::hash(b"aaaa")).unwrap();
        (&journal.file).write_all(format!("1 {:08x}", crc32fast::hash(b"bbbb")).as_bytes()).unwrap();
        let (journal, sound) = case.open("one");
        assert_eq!(sound, [0]);
        journal.note(2, crc32fast::hash(b"cc")).unwrap();
        assert_eq!(case.open("one").1, [0, 2]);
    }

    #[test]
    fn a_chunk_that_cannot_be_does_not_count() {
        let case = case();
        case.open("one").0.note(u64::MAX, 0).unwrap();
        assert!(case.open("one").1.is_empty());
    }
}
