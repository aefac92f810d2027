//! Connected parts of a mask, kept as runs of each row: a page of noise costs no more than its runs.

/// Marked pixels beside one another in a row, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub y: usize,
    pub first: usize,
    pub last: usize,
}

/// The parts of a mask that hang together, corners included. Each is its runs from top to bottom.
pub(crate) fn components(width: usize, height: usize, marked: impl Fn(usize, usize) -> bool) -> Vec<Vec<Run>> {
    let mut runs: Vec<Run> = Vec::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut above = 0..0;
    for y in 0..height {
        let start = runs.len();
        let mut x = 0;
        while x < width {
            if !marked(x, y) {
                x += 1;
                continue;
            }
            let first = x;
            while x < width && marked(x, y) {
                x += 1;
            }
            parents.push(runs.len());
            runs.push(Run { y, first, last: x - 1 });
        }
        join_rows(&runs, &mut parents, above, start..runs.len());
        above = start..runs.len();
    }
    gathered(&runs, &mut parents)
}

fn join_rows(runs: &[Run], parents: &mut [usize], above: std::ops::Range<usize>, below: std::ops::Range<usize>) {
    let (mut a, mut b) = (above.start, below.start);
    while a < above.end && b < below.end {
        if runs[a].last + 1 >= runs[b].first && runs[b].last + 1 >= runs[a].first {
            let (one, other) = (root(parents, a), root(parents, b));
            parents[one.max(other)] = one.min(other);
        }
        if runs[a].last < runs[b].last { a += 1 } else { b += 1 }
    }
}

fn root(parents: &mut [usize], mut run: usize) -> usize {
    while parents[run] != run {
        parents[run] = parents[parents[run]];
        run = parents[run];
    }
    run
}

fn gathered(runs: &[Run], parents: &mut [usize]) -> Vec<Vec<Run>> {
    let mut places = vec![usize::MAX; runs.len()];
    let mut found: Vec<Vec<Run>> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let root = root(parents, index);
        if places[root] == usize::MAX {
            places[root] = found.len();
            found.push(Vec::new());
        }
        found[places[root]].push(*run);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(rows: &[&str]) -> Vec<Vec<Run>> {
        components(rows[0].len(), rows.len(), |x, y| rows[y].as_bytes()[x] == b'#')
    }

    #[test]
    fn parts_that_meet_further_down_are_one() {
        assert_eq!(of(&["#..#", "#..#", ".##."]).len(), 1);
        assert_eq!(of(&["##.##", "##.##"]).len(), 2);
        assert_eq!(of(&["....", "...."]).len(), 0);
    }

    #[test]
    fn runs_of_a_part_go_from_top_to_bottom() {
        let run = |y, first, last| Run { y, first, last };
        assert_eq!(of(&["##..", ".###"]), [[run(0, 0, 1), run(1, 1, 3)]]);
    }

    proptest! {
        #[test]
        fn every_marked_pixel_is_in_one_part_and_neighbours_are_in_the_same(bits in proptest::collection::vec(any::<bool>(), 12 * 9)) {
            let parts = components(12, 9, |x, y| bits[y * 12 + x]);
            let mut owner = vec![None; bits.len()];
            for (part, runs) in parts.iter().enumerate() {
                for run in runs {
                    for x in run.first..=run.last {
                        prop_assert!(owner[run.y * 12 + x].replace(part).is_none());
                    }
                }
            }
            for (i, bit) in bits.iter().enumerate() {
                prop_assert_eq!(owner[i].is_some(), *bit);
                if *bit && i % 12 < 11 && bits[i + 1] {
                    prop_assert_eq!(owner[i], owner[i + 1]);
                }
                if *bit && i / 12 < 8 && i % 12 > 0 && bits[i + 11] {
                    prop_assert_eq!(owner[i], owner[i + 11]);
                }
            }
        }
    }
}
