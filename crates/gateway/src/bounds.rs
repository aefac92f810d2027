//! What a gateway may use.

/// Bounds of a gateway, over all its links together unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of fetched parts that are held in memory, whoever reads them. At least [`Bounds::LEAST_MEMORY`] is taken.
    pub memory: u64,
    /// Bytes asked for at once, at most. At least [`Bounds::BLOCK`] is taken.
    pub chunk: u64,
}

impl Bounds {
    /// What all parts are aligned to, and the least that is fetched.
    pub const BLOCK: u64 = 32 << 10;

    /// Below so much memory nothing could be read ahead.
    pub const LEAST_MEMORY: u64 = 4 << 20;

    /// The same with every figure in its range, aligned.
    pub(crate) fn sound(self) -> Self {
        let memory = self.memory.max(Self::LEAST_MEMORY) / Self::BLOCK * Self::BLOCK;
        Self { memory, chunk: (self.chunk / Self::BLOCK * Self::BLOCK).clamp(Self::BLOCK, memory / 4) }
    }
}

impl Default for Bounds {
    /// 64 MiB, half of which is read ahead: four requests of the 8 MiB that Amazon advises for S3, at 85 to 90 MB/s each. With what the
    /// allocator keeps for itself, a worker that reads so stays below 150 MiB (`gristmill bench blobs`); with 96 MiB it does not.
    fn default() -> Self {
        Self { memory: 64 << 20, chunk: 8 << 20 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_out_of_range_are_brought_into_it() {
        let none = Bounds { memory: 0, chunk: 0 }.sound();
        assert_eq!(none, Bounds { memory: Bounds::LEAST_MEMORY, chunk: Bounds::BLOCK });
        assert_eq!(Bounds { memory: 8 << 20, chunk: 1 << 40 }.sound().chunk, 2 << 20);
        assert_eq!(Bounds::default().sound(), Bounds::default());
    }
}
