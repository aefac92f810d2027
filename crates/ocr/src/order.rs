//! The order of lines: rows from top to bottom, in a row from left to right.

use gristmill_layout::Line;

/// Two lines that share so much of the lower one's height stand in one row: half of what is ink, for boxes reach a little over it.
const SHARED: f64 = 0.6;

/// Puts lines in rows, from top to bottom and from left to right. A line belongs to the row whose first line it shares most height with,
/// so that rows of columns that do not match do not run into each other.
pub(crate) fn by_rows(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by(|a, b| a.bounds.centre().1.total_cmp(&b.bounds.centre().1));
    let mut rows: Vec<Vec<Line>> = Vec::new();
    for line in lines {
        let recent = rows.iter_mut().rev().take(RECENT);
        let shares = recent.map(|row| (row[0].bounds.shared_height(line.bounds), row));
        match shares.filter(|(shared, _)| *shared >= SHARED).max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((_, row)) => row.push(line),
            None => rows.push(vec![line]),
        }
    }
    rows.iter_mut().for_each(|row| row.sort_by(|a, b| a.bounds.x0.total_cmp(&b.bounds.x0)));
    rows.into_iter().flatten().collect()
}

/// Lines come by their middles, so only the latest rows can take one.
const RECENT: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use gristmill_layout::{Rect, Word};

    fn line(text: &str, x: f64, y: f64, height: f64) -> Line {
        let word = Word { text: text.into(), bounds: Rect::new(x, y, x + 50.0, y + height), confidence: 1.0 };
        Line::of(vec![word]).unwrap()
    }

    fn order(lines: Vec<Line>) -> String {
        by_rows(lines).iter().map(Line::text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn rows_go_from_top_to_bottom_and_from_left_to_right() {
        let lines = vec![line("d", 100.0, 42.0, 20.0), line("b", 100.0, 3.0, 20.0), line("c", 0.0, 40.0, 20.0), line("a", 0.0, 0.0, 20.0)];
        assert_eq!(order(lines), "a b c d");
    }

    #[test]
    fn lines_that_step_down_do_not_become_one_row() {
        let lines = (0..6).rev().map(|i| line(&i.to_string(), f64::from(i) * -60.0, f64::from(i) * 8.0, 20.0)).collect();
        assert_eq!(order(lines), "1 0 3 2 5 4");
    }
}
