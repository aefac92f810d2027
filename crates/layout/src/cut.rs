//! Cuts a page into columns and tables: a recursive XY-cut (Nagy and Seth, 1984) that looks for gutters which many lines have in common
//! before it cuts across, so that blanks which happen to lie beside each other in two columns do not part them.

use crate::columns::{Column, are_aligned, are_read_across, are_running_text, columns};
use crate::grid::{Grid, grid};
use crate::item::{Item, quantile};
use crate::run::{Run, gap_above, runs};
use crate::strip::{Strip, strips};

/// Columns within rows within columns: real pages need four or five levels.
const DEEPEST: u32 = 24;

/// A page with more of these is no page with a stamp.
const MOST_UPRIGHT: usize = 16;

/// A piece of a page. Pieces come in reading order.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Text below text.
    Flow(Vec<Item>),
    /// A header, a footer, a number of the page: what stands apart at its edge.
    Edge(Vec<Item>),
    /// What belongs to no line of the page.
    Aside(Vec<Item>),
    /// Cells.
    Table(Grid),
}

/// Cuts a page of a height; `line` is the height of its usual line.
pub(crate) fn cut(items: Vec<Item>, height: f64, line: f64) -> Vec<Piece> {
    let knife = Knife { line, least: 0.6 * line };
    let (upright, items) = upright(items, line);
    let (mut body, mut foot) = (strips(items, knife.least), Vec::new());
    let mut pieces = Vec::new();
    let apart = |gap: f64| gap >= 1.5 * line;
    if body.len() > 2 && apart(gap_above(&body, 1)) && body[0].bounds.y1 <= 0.1 * height {
        pieces.push(Piece::Edge(body.remove(0).items));
    }
    if body.len() > 2 && apart(gap_above(&body, body.len() - 1)) && body[body.len() - 1].bounds.y0 >= 0.88 * height {
        foot.extend(body.pop().map(|s| Piece::Edge(s.items)));
    }
    knife.part(body, 0, &mut pieces);
    pieces.extend(foot);
    pieces.extend(upright.into_iter().map(|i| Piece::Aside(vec![i])));
    pieces
}

/// Takes out what runs up along a margin or slantwise over the page, such as a stamp: it stands beside many lines and belongs to none.
fn upright(items: Vec<Item>, line: f64) -> (Vec<Item>, Vec<Item>) {
    let is_tall = |i: &Item| i.bounds.height() >= 5.0 * line;
    if items.iter().filter(|i| is_tall(i)).nth(MOST_UPRIGHT).is_some() {
        return (Vec::new(), items);
    }
    let heights: Vec<f64> = items.iter().filter(|i| !is_tall(i)).map(|i| i.bounds.centre().1).collect();
    let beside = |i: &Item| heights.iter().filter(|y| (i.bounds.y0..i.bounds.y1).contains(y)).nth(3).is_some();
    items.into_iter().partition(|i| is_tall(i) && beside(i))
}

struct Knife {
    line: f64,
    /// White narrower than this is no gutter.
    least: f64,
}

impl Knife {
    fn cut(&self, items: Vec<Item>, depth: u32, pieces: &mut Vec<Piece>) {
        if depth > DEEPEST {
            return pieces.push(Piece::Flow(items));
        }
        self.part(strips(items, self.least), depth, pieces);
    }

    fn part(&self, strips: Vec<Strip>, depth: u32, pieces: &mut Vec<Piece>) {
        let mut runs = runs(&strips, self.least).into_iter().peekable();
        let (mut flow, mut inside) = (Vec::new(), Vec::new());
        for (at, strip) in strips.into_iter().enumerate() {
            match runs.peek() {
                Some(run) if at >= run.from => inside.push(strip),
                _ => flow.extend(strip.items),
            }
            if let Some(run) = runs.next_if(|run| at + 1 == run.to) {
                self.run(&run, std::mem::take(&mut inside), depth, &mut flow, pieces);
            }
        }
        flush(&mut flow, pieces);
    }

    fn run(&self, run: &Run, inside: Vec<Strip>, depth: u32, flow: &mut Vec<Item>, pieces: &mut Vec<Piece>) {
        let columns = columns(inside.iter().flat_map(|s| s.items.iter().copied()), &run.gutters);
        if columns.len() > 1 && (are_running_text(&columns) || !are_aligned(&columns)) {
            return self.one_by_one(columns, depth, flow, pieces);
        }
        let mut sections = self.sections(inside);
        if sections.len() > 1 && depth <= DEEPEST {
            flush(flow, pieces);
            return sections.into_iter().for_each(|s| self.part(s, depth + 1, pieces));
        }
        let items: Vec<Item> = sections.pop().into_iter().flatten().flat_map(|s| s.items).collect();
        if columns.len() > 1 && !are_read_across(&columns) {
            return self.one_by_one(columns, depth, flow, pieces);
        }
        match grid(&items, self.line).filter(|_| columns.len() > 1) {
            Some(table) => {
                flush(flow, pieces);
                pieces.push(Piece::Table(table));
            }
            None => flow.extend(items),
        }
    }

    fn one_by_one(&self, columns: Vec<Column>, depth: u32, flow: &mut Vec<Item>, pieces: &mut Vec<Piece>) {
        flush(flow, pieces);
        columns.into_iter().for_each(|c| self.cut(c, depth + 1, pieces));
    }

    /// Parts strips where the blank between them is much larger than usual.
    fn sections(&self, strips: Vec<Strip>) -> Vec<Vec<Strip>> {
        let gaps: Vec<f64> = (1..strips.len()).map(|at| gap_above(&strips, at)).collect();
        let usual = quantile(gaps.iter().map(|g| (*g, 1)).collect(), 0.5).unwrap_or_default();
        let large = (2.0 * usual).max(1.3 * self.line);
        let mut sections: Vec<Vec<Strip>> = vec![Vec::new()];
        for (at, strip) in strips.into_iter().enumerate() {
            if at > 0 && gaps.get(at - 1).is_some_and(|g| *g > large) {
                sections.push(Vec::new());
            }
            if let Some(section) = sections.last_mut() {
                section.push(strip);
            }
        }
        sections
    }
}

fn flush(flow: &mut Vec<Item>, pieces: &mut Vec<Piece>) {
    if !flow.is_empty() {
        pieces.push(Piece::Flow(std::mem::take(flow)));
    }
}
