//! Keeps a second process off the database. The system drops the lock when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::{Result, StoreError};

/// How long to wait for a holder. A process that was just killed can leave a child that has not yet become another program and
/// holds the lock for some milliseconds more.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Lock {
    _held: File,
}

impl Lock {
    pub(super) fn take(database: &Path) -> Result<Self> {
        let path = database.with_extension("lock");
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        match patiently(&file) {
            Ok(()) => {
                file.set_len(0)?;
                file.rewind()?;
                write!(file, "{}", std::process::id())?;
                Ok(Self { _held: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid)?;
                Err(StoreError::InUse { path: database.display().to_string(), pid: pid.trim().to_owned() })
            }
            Err(TryLockError::Error(e)) => Err(e.into()),
        }
    }
}

fn patiently(file: &File) -> std::result::Result<(), TryLockError> {
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(20)),
            done => return done,
        }
    }
}
