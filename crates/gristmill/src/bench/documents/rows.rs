//! Lines that any program read, as rows from top to bottom and in each from left to right: the order in which specimens tell their text, so
//! that programs are compared by what they read and not by how they order it.

/// A line as somebody read it: its corners from the top left clockwise in pixels, and its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// Clockwise from where the text begins.
    pub corners: [(f64, f64); 4],
    /// What stands there.
    pub text: String,
}

impl Read {
    fn width(&self) -> f64 {
        let [a, b, ..] = self.corners;
        (b.0 - a.0).hypot(b.1 - a.1)
    }

    fn height(&self) -> f64 {
        let [a, _, _, d] = self.corners;
        (d.0 - a.0).hypot(d.1 - a.1)
    }

    fn slope(&self) -> f64 {
        let [a, b, ..] = self.corners;
        (b.1 - a.1).atan2(b.0 - a.0)
    }

    /// Its middle on a page turned by `-slope`.
    fn middle(&self, slope: f64) -> (f64, f64) {
        let (x, y) = self.corners.iter().fold((0.0, 0.0), |sum, c| (sum.0 + c.0 / 4.0, sum.1 + c.1 / 4.0));
        let (sin, cos) = slope.sin_cos();
        (x * cos + y * sin, y * cos - x * sin)
    }
}

/// The text of a page, a row a line. A page that lies askew is turned by the middle slope of its lines first.
pub fn rows(lines: &[Read]) -> String {
    let slope = slope(lines);
    let mut placed: Vec<(&Read, (f64, f64))> = lines.iter().map(|line| (line, line.middle(slope))).collect();
    placed.sort_by(|a, b| a.1.1.total_cmp(&b.1.1));
    let mut rows: Vec<Vec<(&Read, (f64, f64))>> = Vec::new();
    for line in placed {
        let beside = |row: &&mut Vec<(&Read, (f64, f64))>| {
            row.last().is_some_and(|(last, middle)| line.1.1 - middle.1 < 0.5 * last.height().min(line.0.height()))
        };
        match rows.last_mut().filter(beside) {
            Some(row) => row.push(line),
            None => rows.push(vec![line]),
        }
    }
    let text = |mut row: Vec<(&Read, (f64, f64))>| {
        row.sort_by(|a, b| a.1.0.total_cmp(&b.1.0));
        row.iter().map(|(line, _)| line.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    rows.into_iter().map(text).collect::<Vec<_>>().join("\n")
}

/// The slope in the middle of all, by their widths: short lines say little.
fn slope(lines: &[Read]) -> f64 {
    let mut slopes: Vec<(f64, f64)> = lines.iter().map(|line| (line.slope(), line.width())).collect();
    slopes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = slopes.iter().map(|s| s.1).sum::<f64>() / 2.0;
    let mut passed = 0.0;
    let middle = slopes.iter().find(|(_, width)| {
        passed += width;
        passed >= half
    });
    middle.map_or(0.0, |(slope, _)| *slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, x: f64, y: f64, slope: f64) -> Read {
        let turned = |(x, y): (f64, f64)| (x * slope.cos() - y * slope.sin(), x * slope.sin() + y * slope.cos());
        let corners = [(x, y), (x + 80.0, y), (x + 80.0, y + 20.0), (x, y + 20.0)].map(turned);
        Read { corners, text: text.to_owned() }
    }

    #[test]
    fn lines_stand_in_rows_however_the_page_lies() {
        for slope in [0.0, 0.06, -0.1] {
            let page = [
                line("4,20", 900.0, 103.0, slope),
                line("Thanks", 0.0, 140.0, slope),
                line("Bread", 0.0, 100.0, slope),
                line("2", 400.0, 98.0, slope),
            ];
            assert_eq!(rows(&page), "Bread 2 4,20\nThanks", "{slope}");
        }
        assert_eq!(rows(&[]), "");
    }
}
