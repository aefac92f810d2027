//! From the recogniser's labels of each step to letters: connectionist temporal classification, read greedily (Graves et al. 2006).

/// A letter and where it was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Glyph {
    pub letter: char,
    /// The first and the last step that showed it.
    pub steps: (usize, usize),
    /// How sure the surest of its steps was, 0..=1.
    pub sure: f32,
}

/// Reads the probabilities of one line: for each step, those of its labels. Label 0 is "nothing", the others are `letters` in order. The
/// likeliest label of each step counts; one that lasts several steps is one letter.
pub(crate) fn decode(probabilities: &[f32], letters: &[char]) -> Vec<Glyph> {
    let mut glyphs: Vec<Glyph> = Vec::new();
    let mut before = 0;
    for (step, row) in probabilities.chunks_exact(letters.len() + 1).enumerate() {
        let (label, sure) = likeliest(row);
        match glyphs.last_mut() {
            Some(last) if label == before && label != 0 => {
                last.steps.1 = step;
                last.sure = last.sure.max(sure);
            }
            _ if label != 0 => glyphs.push(Glyph { letter: letters[label - 1], steps: (step, step), sure }),
            _ => {}
        }
        before = label;
    }
    glyphs
}

fn likeliest(row: &[f32]) -> (usize, f32) {
    row.iter().enumerate().fold((0, f32::MIN), |best, (label, &p)| if p > best.1 { (label, p) } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(labels: &[(usize, f32)]) -> Vec<f32> {
        labels.iter().flat_map(|&(label, p)| (0..4).map(move |l| if l == label { p } else { (1.0 - p) / 4.0 })).collect()
    }

    #[test]
    fn a_label_that_lasts_is_one_letter_and_nothing_between_makes_two() {
        let read = decode(&steps(&[(0, 0.9), (1, 0.6), (1, 0.8), (0, 0.9), (1, 0.7), (3, 0.5)]), &['a', 'b', ' ']);
        let expected = [('a', (1, 2), 0.8), ('a', (4, 4), 0.7), (' ', (5, 5), 0.5)];
        assert_eq!(read, expected.map(|(letter, steps, sure)| Glyph { letter, steps, sure }));
    }

    #[test]
    fn nothing_but_nothing_is_an_empty_line() {
        assert!(decode(&steps(&[(0, 0.9); 5]), &['a', 'b', ' ']).is_empty());
        assert!(decode(&[], &['a', 'b', ' ']).is_empty());
    }
}
