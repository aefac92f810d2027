//! From lines in any order to blocks in reading order.

use crate::cut::{Piece, cut};
use crate::document::{Block, BlockKind, Line};
use crate::geometry::Rect;
use crate::grid::Grid;
use crate::heading::headings;
use crate::item::{Item, placed, quantile};
use crate::paragraphs::{Group, paragraphs};
use crate::script::mostly_right_to_left;

/// A part of a page before its lines are put into it.
pub(crate) enum Part {
    /// Paragraphs, lists and headings-to-be.
    Group(Group),
    /// What stands at the edge of the page: never a heading because of how it looks, only because of its size.
    Edge(Group),
    /// What runs up along the page or slantwise over it: its height says nothing of its size.
    Aside(Group),
    /// Cells.
    Table(Grid),
}

/// Puts the lines of a page of a size into reading order and says what they are. Each line is in the result once, unchanged, whatever its
/// box; the work grows with n log n.
///
/// Lines come in any order, but none may reach over two columns or two cells of a table: lines side by side are told apart here by the
/// blank between them. When most words are Hebrew or Arabic, columns and cells run from right to left.
pub fn arrange(lines: Vec<Line>, width: f64, height: f64) -> Vec<Block> {
    let mirror = mostly_right_to_left(&lines).then_some(if width.is_finite() { width } else { 0.0 });
    let mut items: Vec<Item> = lines.iter().enumerate().map(|(index, line)| Item::new(index, line, mirror)).collect();
    // So that the order in which they came decides nothing where boxes leave it open.
    items.sort_by(|a, b| {
        a.bounds.y0.total_cmp(&b.bounds.y0).then(a.bounds.x0.total_cmp(&b.bounds.x0)).then(a.bounds.x1.total_cmp(&b.bounds.x1))
    });
    let heights = items.iter().map(|i| (i.bounds.height(), i.chars)).filter(|(h, _)| *h > 0.0).collect();
    let line = quantile(heights, 0.5).unwrap_or(1.0);
    let lowest = items.iter().map(|i| i.bounds.y1).fold(0.0, f64::max);
    let height = if height.is_finite() && height > 0.0 { height } else { lowest };
    let parts: Vec<Part> = cut(items, height, line).into_iter().flat_map(part).collect();
    let levels = headings(&parts, line);
    let mut lines: Vec<Option<Line>> = lines.into_iter().map(Some).collect();
    parts.into_iter().zip(levels).filter_map(|(part, level)| block(part, level, &mut lines)).collect()
}

fn part(piece: Piece) -> Vec<Part> {
    match piece {
        Piece::Flow(items) => paragraphs(items).into_iter().map(Part::Group).collect(),
        Piece::Edge(items) => vec![Part::Edge(Group::plain(items))],
        Piece::Aside(items) => vec![Part::Aside(Group::plain(items))],
        Piece::Table(grid) => vec![Part::Table(grid)],
    }
}

fn block(part: Part, level: Option<u8>, lines: &mut [Option<Line>]) -> Option<Block> {
    let (kind, items): (BlockKind, Vec<Item>) = match part {
        Part::Table(grid) => {
            let counts = grid.iter().map(|row| row.iter().map(|cell| u32::try_from(cell.len()).unwrap_or(u32::MAX)).collect()).collect();
            (BlockKind::Table(counts), grid.into_iter().flatten().flatten().collect())
        }
        Part::Group(group) | Part::Edge(group) | Part::Aside(group) => {
            let plain = if group.is_list { BlockKind::List } else { BlockKind::Paragraph };
            (level.map_or(plain, BlockKind::Heading), group.rows.into_iter().flat_map(|r| r.items).collect())
        }
    };
    let lines: Vec<Line> = items.iter().filter_map(|i| lines.get_mut(i.index)?.take()).collect();
    let bounds = lines.iter().map(|l| placed(l.bounds, None)).reduce(Rect::union)?;
    Some(Block { kind, bounds, lines })
}
