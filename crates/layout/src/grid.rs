//! Tables: lines as cells in rows and columns.

use crate::item::{Item, Row, quantile, rows};

/// Tables on paper have fewer columns; a hostile page must not ask for a cell at every crossing of its lines.
const MOST_COLUMNS: usize = 64;

/// Lines by row and column; a cell may have several, or none.
pub(crate) type Grid = Vec<Vec<Vec<Item>>>;

/// Items as a table; none when fewer than three rows, or fewer than half of them, have two cells.
pub(crate) fn grid(items: &[Item], line: f64) -> Option<Grid> {
    let rows = rows(items.to_vec());
    let borders = borders(items, rows.len() / 5, 0.4 * line);
    if borders.len() >= MOST_COLUMNS {
        return None;
    }
    let column = |i: &Item| borders.partition_point(|b| *b <= i.bounds.x0 + (i.bounds.width() / 2.0).min(0.5 * line));
    let pitch = pitch(&rows);
    let mut grid: Grid = Vec::new();
    let mut above: Option<&Row> = None;
    for row in &rows {
        let mut cells = vec![Vec::new(); borders.len() + 1];
        row.items.iter().for_each(|i| cells[column(i)].push(*i));
        match (grid.last_mut(), above) {
            (Some(last), Some(above)) if goes_on(last, &cells, row, above, pitch) => {
                last.iter_mut().zip(cells).for_each(|(cell, more)| cell.extend(more));
            }
            _ => grid.push(cells),
        }
        above = Some(row);
    }
    let full = grid.iter().filter(|cells| filled(cells) > 1).count();
    (full >= 3 && 2 * full >= grid.len()).then_some(grid)
}

fn filled(cells: &[Vec<Item>]) -> usize {
    cells.iter().filter(|c| !c.is_empty()).count()
}

/// Whether a row of one cell is the next line of a cell above: it begins where that does, and closer than rows follow each other.
fn goes_on(last: &[Vec<Item>], cells: &[Vec<Item>], row: &Row, above: &Row, pitch: Option<f64>) -> bool {
    let continues = |(cell, more): (&Vec<Item>, &Vec<Item>)| {
        more.is_empty() || cell.last().zip(more.first()).is_some_and(|(a, b)| (a.bounds.x0 - b.bounds.x0).abs() <= a.bounds.height())
    };
    let close = pitch.is_some_and(|p| row.bounds.centre().1 - above.bounds.centre().1 < 0.8 * p);
    filled(cells) == 1 && close && last.iter().zip(cells).all(continues)
}

/// How far one row of several cells usually is below the row above it.
fn pitch(rows: &[Row]) -> Option<f64> {
    let pairs = rows.windows(2).filter(|pair| pair[1].items.len() > 1);
    quantile(pairs.map(|pair| (pair[1].bounds.centre().1 - pair[0].bounds.centre().1, 1)).collect(), 0.5)
}

/// Middles of the white between columns. A few items, such as headings over two columns, may lie across.
fn borders(items: &[Item], across: usize, least: f64) -> Vec<f64> {
    let mut edges: Vec<(f64, bool)> = items.iter().flat_map(|i| [(i.bounds.x0, true), (i.bounds.x1, false)]).collect();
    // Where one begins and another ends at the same place, the one that begins comes first, so that there is no white between them.
    edges.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let (mut open, mut begun, mut borders) = (0_usize, 0_usize, Vec::new());
    for pair in edges.windows(2) {
        open = if pair[0].1 { open + 1 } else { open.saturating_sub(1) };
        begun += usize::from(pair[0].1);
        let (from, to) = (pair[0].0, pair[1].0);
        // White ends where something begins and begins where something has ended.
        if !pair[0].1 && pair[1].1 && open <= across && begun < items.len() && to - from >= least {
            borders.push(from.midpoint(to));
        }
    }
    borders
}
