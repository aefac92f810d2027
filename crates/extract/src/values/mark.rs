//! Boxes to tick, as readers of pages write them.

/// Whether a box is ticked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Ticked.
    On,
    /// Empty.
    Off,
}

/// What a word is when it is a box; none when it is a word.
pub(crate) fn mark(word: &str) -> Option<Mark> {
    match word {
        "☑" | "☒" | "■" | "✓" | "✔" | "✗" | "✘" | "[x]" | "[X]" | "(x)" | "(X)" | "[v]" | "[V]" | "[✓]" | "[*]" => {
            Some(Mark::On)
        }
        "☐" | "□" | "[]" | "[_]" | "()" | "( )" | "[ ]" | "○" => Some(Mark::Off),
        "●" | "◉" => Some(Mark::On),
        _ => None,
    }
}
