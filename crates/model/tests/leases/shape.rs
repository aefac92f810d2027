//! How the tasks of a model hang together in files and one after another.

/// How the tasks hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One task, the only one of its file.
    Single,
    /// Two files with a task each.
    TwoFiles,
    /// One file with two tasks that may run side by side.
    Siblings,
    /// One file with two tasks, the second after the first.
    Chain,
}

impl Shape {
    pub(crate) fn tasks(self) -> usize {
        if self == Self::Single { 1 } else { 2 }
    }

    pub(crate) fn files(self) -> usize {
        if self == Self::TwoFiles { 2 } else { 1 }
    }

    pub(crate) fn file_of(self, task: usize) -> usize {
        if self == Self::TwoFiles { task } else { 0 }
    }

    pub(crate) fn tasks_of(self, file: usize) -> Vec<usize> {
        (0..self.tasks()).filter(|&t| self.file_of(t) == file).collect()
    }

    /// Whether the tasks may be swapped and nothing changes.
    pub(crate) fn is_symmetric(self) -> bool {
        matches!(self, Self::TwoFiles | Self::Siblings)
    }

    /// The tasks that one comes after.
    pub(crate) fn after(self, task: usize) -> Vec<usize> {
        if self == Self::Chain { (0..task).collect() } else { Vec::new() }
    }
}
