//! A table for people: columns as wide as their widest cell, two spaces between, the last one ragged.

/// Lays out `rows` under `head`.
pub fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let mut width = head.map(|h| h.chars().count());
    for row in rows {
        for (w, cell) in width.iter_mut().zip(row) {
            *w = (*w).max(cell.chars().count());
        }
    }
    let head = head.map(str::to_owned);
    std::iter::once(&head).chain(rows).map(|row| line(row, &width)).collect()
}

fn line<const N: usize>(cells: &[String; N], width: &[usize; N]) -> String {
    let padded: Vec<String> = cells.iter().zip(width).map(|(c, w)| format!("{c:<w$}")).collect();
    format!("{}\n", padded.join("  ").trim_end())
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_line_up() {
        let rows = [["a".into(), "bbb".into()], ["cccc".into(), "d".into()]];
        assert_eq!(super::table(["ID", "X"], &rows), "ID    X\na     bbb\ncccc  d\n");
    }
}
